import PromQL
import Signals

/// The alert that a receiver has failed for long, told through others.
extension NotificationState {
  static let failingAlert = "ReceiverFailing"

  /// Nothing has arrived there for long: those who are told of such an alert are told, and others
  /// when there are none but this one.
  mutating func tellOfFailing(_ destination: Destination, at now: Now) {
    // There is one look at a time; this may be one that was put forward since.
    guard let look = gates[destination]?.failingLook, look <= now.monotonic else { return }
    gates[destination]?.failingLook = nil
    guard tree != nil, let failing = gates[destination]?.failing else { return }
    let since = failing.since.monotonic.advanced(by: limits.failingFor)
    // It was well in between, and this is an earlier look.
    guard since <= now.monotonic else { return lookForFailing(destination, at: since) }
    let labels = failingLabels(destination)
    let waiting = outbox.load(destination).messages
    let description =
      "Since \(Payload.time(failing.since.wall)) no message has arrived there"
      + " (\(failing.reason.rawValue)); \(waiting) wait. They are tried again for a day, then kept."
    let summary =
      "Receiver \(destination.receiver) (\(destination.integrationName)) is not reached"
    let alert = Alert(
      labels: labels,
      annotations: [
        Label(name: "description", value: description),
        Label(name: "runbook_url", value: "docs/runbooks/\(Self.failingAlert).md"),
        Label(name: "summary", value: summary),
      ],
      startsAt: failing.since.wall, endsAt: now.wall, isResolved: false,
      generatorURL: settings.externalURL)
    push(alert, of: destination, at: now)
    let known = groups[.own(labels)]
    if let known, !known.destinations.isEmpty, !known.hasEnded { return }
    let others = Set(others(than: destination, labels)).union(known?.destinations ?? []).sorted()
    if others.isEmpty {
      // Nobody is well; somebody may be soon.
      lookForFailing(destination, at: now.monotonic.advanced(by: .seconds(60)))
    } else {
      makeOwnGroup(alert, to: others, at: now)
    }
  }

  /// After another configuration: what fails under other labels is told anew, and of what is there
  /// no more the end is told.
  mutating func reviewFailing(at now: Now) {
    var labels: Set<LabelSet> = []
    for destination in gates.keys.sorted() where gates[destination]?.failing != nil {
      labels.insert(failingLabels(destination))
      lookForFailing(destination, at: now.monotonic)
    }
    for id in groups.keys {
      guard case .own(let its) = id else { continue }
      groups[id]?.destinations.removeAll { integrations[$0] == nil }
      if !labels.contains(its) { endOwn(id, at: now) }
    }
  }

  /// Where nothing is to be sent any more, nobody knows whether it would arrive.
  mutating func forgetFailing(at now: Now) {
    for destination in gates.keys.sorted() where outbox.load(destination).messages == 0 {
      guard let last = gates[destination]?.failing?.last,
        last.duration(to: now.monotonic) >= Self.sweepInterval
      else { continue }
      gates[destination]?.failing = nil
      resolveFailing(destination, at: now)
    }
  }

  /// One look at a time, the earliest.
  mutating func lookForFailing(_ destination: Destination, at instant: MonotonicInstant) {
    if let look = gates[destination]?.failingLook, look <= instant { return }
    gates[destination]?.failingLook = instant
    agenda.insert(.failing(destination), at: instant)
  }

  /// It is well again.
  mutating func resolveFailing(_ destination: Destination, at now: Now) {
    endOwn(.own(failingLabels(destination)), at: now)
  }

  private mutating func endOwn(_ id: GroupID, at now: Now) {
    guard let fingerprint = groups[id]?.alerts.keys.first else { return }
    groups[id]?.alerts[fingerprint]?.alert.isResolved = true
    groups[id]?.alerts[fingerprint]?.alert.endsAt = now.wall
    hasten(id, to: now.monotonic)
  }

  /// An alert of the agent's own that a destination was told of and that is there no more.
  mutating func adoptOwn(_ ended: Alert, _ lane: Lane, at now: Now) {
    let id = GroupID.own(ended.labels)
    if groups[id]?.destinations.contains(lane.destination) ?? false { return }
    if groups[id] == nil {
      makeOwnGroup(ended, to: [lane.destination], at: now)
    } else {
      groups[id]?.destinations.append(lane.destination)
    }
  }

  private mutating func makeOwnGroup(_ alert: Alert, to destinations: [Destination], at now: Now) {
    let id = GroupID.own(alert.labels)
    var group = AlertGroup(
      id, key: Grouping.ownKey(for: alert.labels), labels: alert.labels, receiver: "",
      to: destinations, nextFlush: now.monotonic)
    group.alerts[alert.labels.alertFingerprint] = .init(alert: alert, updatedAt: now.wall)
    groups[id] = group
    agenda.insert(.flush(id), at: now.monotonic)
  }

  /// Alertmanagers hear of it each minute while it is so.
  private mutating func push(_ alert: Alert, of destination: Destination, at now: Now) {
    guard !pushes.isEmpty else { return }
    var alert = alert
    alert.endsAt = now.wall.advanced(by: .seconds(240))
    for index in pushes.indices { pushes[index].take(alert) }
    lookForFailing(destination, at: now.monotonic.advanced(by: .seconds(60)))
  }

  private func failingLabels(_ destination: Destination) -> LabelSet {
    var labels = settings.externalLabels
    labels += [
      Label(name: "alertname", value: Self.failingAlert),
      Label(name: "receiver", value: destination.receiver),
      Label(name: "integration", value: destination.integrationName),
      Label(name: "severity", value: "critical"),
    ]
    return LabelSet(labels)
  }

  /// Where the tree sends such an alert, without the one that fails; else all others.
  private func others(than failing: Destination, _ labels: LabelSet) -> [Destination] {
    guard let tree else { return [] }
    let receivers = tree.matches(labels).map { tree.nodes[$0].route.receiver }
    let routed = receivers.flatMap { destinations[$0] ?? [] }.filter { isWell($0, failing) }
    if !routed.isEmpty { return Set(routed).sorted() }
    return integrations.keys.filter { isWell($0, failing) }.sorted()
  }

  private func isWell(_ destination: Destination, _ failing: Destination) -> Bool {
    destination != failing && gates[destination]?.isOpen == false
  }
}

extension AlertGroup {
  /// The end of all that it has is still to be told.
  fileprivate var hasEnded: Bool { alerts.values.allSatisfy(\.alert.isResolved) }
}

extension Destination {
  /// `slack[0]`, as Alertmanager calls an integration.
  package var integrationName: String { "\(kind.rawValue)[\(integration)]" }
}
