package import Signals

extension NotificationState {
  /// What must be committed, together with the transitions that made it; `nil`: nothing. Batches
  /// grow, and are answered for in order.
  package mutating func takeChanges(batch: UInt64) -> NotificationChanges? {
    var changes = NotificationChanges(batch: batch, nextMessage: nextMessage)
    (changes.log, changes.removedFromLog) = log.takeTouched()
    (changes.silences, changes.removedSilences) = silences.takeTouched()
    unsaved.fill(&changes)
    if changes.isEmpty { return nil }
    unsaved.handOver(changes)
    return changes
  }

  /// The journal has these batches: their messages may be tried.
  package mutating func committed(through batch: UInt64) {
    goOn(after: unsaved.takeUnderWay(through: batch))
  }

  /// The journal does not take these batches: their messages are tried all the same, and what was
  /// in them comes with the next `takeChanges`.
  package mutating func refused(through batch: UInt64) {
    let refused = unsaved.takeUnderWay(through: batch)
    log.touch(refused.flatMap { $0.log.map(\.lane) + $0.removedFromLog })
    silences.touch(refused.flatMap { $0.silences.map(\.id) + $0.removedSilences })
    let dropped = unsaved.putBack(refused, limit: limits.unsavedEndings)
    counts.endingsDropped += UInt64(dropped.count)
    outbox.open(dropped)
    goOn(after: refused)
  }

  /// The journal has nothing of what it had: the log and all messages that wait, also those of
  /// before the first configuration, come with the next `takeChanges`.
  package mutating func writeAllAgain() {
    log.touch(log.entries.keys)
    silences.touchAll()
    unsaved.append(outbox.messages + (restored ?? []))
  }

  private mutating func goOn(after batches: [NotificationChanges]) {
    guard let last = batches.last else { return }
    outbox.release(through: last.nextMessage - 1)
    outbox.open(batches.flatMap(\.ended))
  }

  package func figures(at now: Now) -> NotificationFigures {
    var figures = counts
    figures.destinations = perDestination.keys.sorted().compactMap { destination in
      guard var its = perDestination[destination] else { return nil }
      let load = outbox.load(destination)
      (its.waiting, its.waitingBytes, its.inFlight) = (load.messages, load.bytes, load.inFlight)
      its.open = gates[destination]?.isOpen ?? false ? 1 : 0
      return its
    }
    figures.groups = groups.count
    figures.alerts = groups.values.reduce(0) { $0 + $1.alerts.count }
    figures.logEntries = log.entries.count
    figures.silences = silences.counts(at: now.wall)
    figures.pushes = pushes.map(\.figures)
    return figures
  }
}
