import PromQL
package import Signals

extension NotificationState {
  /// Alerts, their groups and the silences as they are now. Costs time and memory by the number of
  /// alerts.
  package func view(at now: Now) -> NotificationView {
    var view = NotificationView()
    view.receivers = settings.receivers.map(\.name)
    view.silences = silences.all
    var silences = silences
    var places: [UInt64: Int] = [:]
    for group in groups.values.sorted(by: { ($0.key, $0.receiver) < ($1.key, $1.receiver) }) {
      let receivers = receivers(of: group)
      var shown = NotificationView.GroupView(labels: group.labels, receiver: "")
      shown.mutedBy = mutedBy(group, at: now.wall)
      for (fingerprint, member) in group.alerts.sorted(by: { $0.key < $1.key }) {
        guard !member.alert.isResolved || member.alert.endsAt > now.wall else { continue }
        let place = places[fingerprint] ?? view.alerts.count
        if place == view.alerts.count {
          places[fingerprint] = place
          view.alerts.append(look(member, fingerprint, &silences, at: now.wall))
        }
        view.alerts[place].add(receivers)
        shown.alerts.append(place)
      }
      // Of strays only the end is told: they are in no group that an operator knows.
      if case .stray = group.id { continue }
      guard !shown.alerts.isEmpty else { continue }
      for receiver in receivers {
        shown.receiver = receiver
        view.groups.append(shown)
      }
    }
    return view
  }

  private func look(
    _ member: AlertGroup.Member, _ fingerprint: UInt64, _ silences: inout Silences,
    at now: Timestamp
  ) -> NotificationView.AlertView {
    var look = NotificationView.AlertView(
      alert: member.alert, fingerprint: fingerprint, updatedAt: member.updatedAt)
    let labels = member.alert.labels
    look.silencedBy = silences.holding(labels, fingerprint: fingerprint, at: now)
    look.inhibitedBy = inhibitor.inhibitors(of: labels)
    return look
  }

  private func receivers(of group: AlertGroup) -> [String] {
    group.receiver.isEmpty
      ? Set(group.destinations.map(\.receiver)).sorted() : [group.receiver]
  }

  /// Names of the time intervals that keep the group quiet.
  private func mutedBy(_ group: AlertGroup, at now: Timestamp) -> [String] {
    guard let route = group.id.node.flatMap({ tree?.nodes[$0].route }) else { return [] }
    switch closed(route, at: now) {
    case .muteTimeInterval: return route.muteTimeIntervals.filter { isIn($0, now) }
    case .activeTimeInterval: return route.activeTimeIntervals
    default: return []
    }
  }
}

extension NotificationView.AlertView {
  fileprivate mutating func add(_ names: [String]) {
    receivers += names.filter { !receivers.contains($0) }
  }
}
