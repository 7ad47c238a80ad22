extension NotificationState {
  /// What must be committed, together with the transitions that made it; `nil`: nothing. Batches
  /// grow, and are answered for in order.
  package mutating func takeChanges(batch: UInt64) -> NotificationChanges? {
    var changes = NotificationChanges(batch: batch, nextMessage: nextMessage)
    (changes.log, changes.removedFromLog) = log.takeTouched()
    unsaved.fill(&changes)
    guard
      !changes.log.isEmpty || !changes.removedFromLog.isEmpty || !changes.messages.isEmpty
        || !changes.ended.isEmpty
    else { return nil }
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
    let dropped = unsaved.putBack(refused, limit: limits.unsavedEndings)
    counts.endingsDropped += UInt64(dropped.count)
    outbox.open(dropped)
    goOn(after: refused)
  }

  /// The journal has nothing of what it had: the log and all messages that wait, also those of
  /// before the first configuration, come with the next `takeChanges`.
  package mutating func writeAllAgain() {
    log.touch(log.entries.keys)
    unsaved.append(outbox.messages + (restored ?? []))
  }

  private mutating func goOn(after batches: [NotificationChanges]) {
    guard let last = batches.last else { return }
    outbox.release(through: last.nextMessage - 1)
    outbox.open(batches.flatMap(\.ended))
  }

  package var figures: NotificationFigures {
    var figures = counts
    figures.destinations = perDestination.keys.sorted().compactMap { destination in
      guard var its = perDestination[destination] else { return nil }
      let load = outbox.load(destination)
      (its.waiting, its.waitingBytes, its.inFlight) = (load.messages, load.bytes, load.inFlight)
      return its
    }
    figures.groups = groups.count
    figures.alerts = groups.values.reduce(0) { $0 + $1.alerts.count }
    figures.logEntries = log.entries.count
    return figures
  }
}
