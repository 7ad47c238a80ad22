import PromQL
import Signals

extension NotificationState {
  /// Puts a bounded alert into its groups.
  mutating func insert(_ alert: Alert, at now: Now) {
    let fingerprint = alert.labels.alertFingerprint
    inhibitor.note(alert.labels, fingerprint: fingerprint, fires: !alert.isResolved)
    guard let tree else { return }
    for index in tree.matches(alert.labels) {
      let route = tree.nodes[index].route
      let labels = route.groupBy.labels(of: alert.labels)
      insert(alert, fingerprint, into: .routed(node: index, labels: labels), route, at: now)
    }
    for id in (strays[fingerprint] ?? []).sorted(by: GroupID.areInOrder) {
      insertStray(alert, fingerprint, into: id, at: now)
    }
  }

  private mutating func insert(
    _ alert: Alert, _ fingerprint: UInt64, into id: GroupID, _ route: Route, at now: Now
  ) {
    if groups[id]?.alerts[fingerprint] == nil {
      // Of what has ended and nobody was told of, or was told the end of, there is nothing to say.
      if alert.isResolved && !isTold(fingerprint, id, route.receiver) { return }
      guard makeGroup(id, route, at: now) else { return }
      guard (groups[id]?.alerts.count ?? 0) < limits.alertsPerGroup else {
        counts.alertsRefused[.alertsPerGroup, default: 0] += 1
        return
      }
    }
    groups[id]?.alerts[fingerprint] = AlertGroup.Member(alert: alert, updatedAt: now.wall)
    let hasWaited = alert.startsAt.advanced(by: route.groupWait) <= now.wall
    if hasWaited, let group = groups[id], !group.hasFlushed { hasten(id, to: now.monotonic) }
  }

  /// False when there are too many.
  private mutating func makeGroup(_ id: GroupID, _ route: Route, at now: Now) -> Bool {
    if groups[id] != nil { return true }
    guard groups.count < limits.groups, case .routed(let node, let labels) = id, let tree else {
      counts.alertsRefused[.groups, default: 0] += 1
      return false
    }
    let flush = now.monotonic.advanced(by: route.groupWait)
    groups[id] = AlertGroup(
      id, key: Grouping.key(for: labels, of: tree.nodes[node].key), labels: labels,
      receiver: route.receiver, to: destinations[route.receiver] ?? [], nextFlush: flush)
    agenda.insert(.flush(id), at: flush)
    return true
  }

  /// Flushed when something has ended; until then only known.
  private mutating func insertStray(
    _ alert: Alert, _ fingerprint: UInt64, into id: GroupID, at now: Now
  ) {
    guard case .stray(let key, let receiver) = id else { return }
    if groups[id] == nil {
      guard groups.count < limits.groups else {
        counts.alertsRefused[.groups, default: 0] += 1
        return
      }
      groups[id] = AlertGroup(
        id, key: key, labels: .empty, receiver: receiver, to: destinations[receiver] ?? [],
        nextFlush: MonotonicInstant(nanoseconds: .max))
    }
    groups[id]?.alerts[fingerprint] = AlertGroup.Member(alert: alert, updatedAt: now.wall)
    if alert.isResolved { hasten(id, to: now.monotonic) }
  }

  /// The group is flushed by then at the latest.
  mutating func hasten(_ id: GroupID, to instant: MonotonicInstant) {
    guard let group = groups[id], group.nextFlush > instant else { return }
    groups[id]?.nextFlush = instant
    agenda.insert(.flush(id), at: instant)
  }

  /// Whether somebody whom the route tells was told that the alert fires.
  private func isTold(_ fingerprint: UInt64, _ id: GroupID, _ receiver: String) -> Bool {
    guard case .routed(let node, let labels) = id, let tree else { return false }
    let key = groups[id]?.key ?? Grouping.key(for: labels, of: tree.nodes[node].key)
    return (destinations[receiver] ?? []).contains { destination in
      log.told(Lane(group: key, destination: destination))?.fires(fingerprint) ?? false
    }
  }

  // MARK: - Alerts that nobody hands over any more

  mutating func adoptAll(at now: Now) {
    for lane in log.entries.keys.sorted() { adopt(lane, at: now) }
  }

  /// Alerts that the destination was told of, and that no group has any more, have ended.
  mutating func adopt(_ lane: Lane, at now: Now) {
    guard adoptFrom <= now.monotonic, integrations[lane.destination] != nil,
      let told = log.told(lane)
    else { return }
    for alert in told.firing {
      let ended = Alert(
        labels: alert.labels, annotations: [], startsAt: alert.startsAt, endsAt: now.wall,
        isResolved: true, generatorURL: "")
      if lane.group.isOwn {
        adoptOwn(ended, lane, at: now)
      } else if homes.takes(alert.labels, to: lane.destination.receiver) {
        if !isHeld(alert, by: lane.destination.receiver) { insert(ended, at: now) }
      } else {
        let id = GroupID.stray(lane.group, receiver: lane.destination.receiver)
        strays[alert.fingerprint, default: []].insert(id)
        if groups[id]?.alerts[alert.fingerprint] == nil {
          // Another receiver may know it as firing still.
          insertStray(current(alert) ?? ended, alert.fingerprint, into: id, at: now)
        }
      }
    }
  }

  private func isHeld(_ alert: ToldAlert, by receiver: String) -> Bool {
    groupsOf(alert).contains {
      $0.receiver == receiver && $0.alerts[alert.fingerprint] != nil
    }
  }

  /// As it was handed over last, if some route has it.
  private func current(_ alert: ToldAlert) -> Alert? {
    groupsOf(alert).lazy.compactMap { $0.alerts[alert.fingerprint]?.alert }.first
  }

  /// The routes' groups that the alert belongs to, as far as there are such.
  func groupsOf(_ alert: ToldAlert) -> [AlertGroup] {
    guard let tree else { return [] }
    return tree.matches(alert.labels).compactMap { index in
      let labels = tree.nodes[index].route.groupBy.labels(of: alert.labels)
      return groups[.routed(node: index, labels: labels)]
    }
  }
}

extension GroupID {
  /// Any order that is the same on every run.
  static func areInOrder(_ one: GroupID, _ other: GroupID) -> Bool {
    switch (one, other) {
    case (.stray(let key, let receiver), .stray(let otherKey, let otherReceiver)):
      key == otherKey ? receiver < otherReceiver : key < otherKey
    default: false
    }
  }
}
