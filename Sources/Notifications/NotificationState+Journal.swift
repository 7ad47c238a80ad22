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
    if let number = unsaved.committed(through: batch) { outbox.release(through: number) }
    let open = unsaved.openEnds
    outbox.wake { !open.contains($0) }
  }

  /// The journal does not take these batches: their messages are tried all the same, and what was
  /// in them comes with the next `takeChanges`.
  package mutating func refused(through batch: UInt64) {
    let (release, lanes, dropped) = unsaved.refused(
      through: batch, limit: limits.unsavedEndings)
    log.touch(lanes)
    counts.endingsDropped += UInt64(dropped)
    if let release { outbox.release(through: release) }
    outbox.wake { _ in true }
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
