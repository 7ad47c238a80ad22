import Notifications
import Signals

private let failureReasons = RenderedSet("reason", of: FailureReason.self).members

extension MetricCatalogue {
  /// What is pushed to Alertmanagers.
  static let alertmanagers: [OfAgent] = [
    ofAlertmanager(
      "breakwater_alertmanager_alerts_sent_total", .counter, "Alerts that it has taken.",
      { .whole($0.sent) }),
    OfAgent(
      "breakwater_alertmanager_alerts_failed_total", .counter,
      "Alerts of pushes that it has not taken; they are pushed again.",
      labels: ["alertmanager", "reason"]
    ) { agent, out in
      for alertmanager in agent.notifications.pushes {
        for (reason, member) in zip(FailureReason.allCases, failureReasons) {
          let label = alertmanager.label + Array(",".utf8) + member.label
          out.sample(.whole(alertmanager.failed[reason] ?? 0), label: label)
        }
      }
    },
    ofAlertmanager(
      "breakwater_alertmanager_alerts_dropped_total", .counter,
      "Alerts that there was no room for.", { .whole($0.dropped) }),
    ofAlertmanager(
      "breakwater_alertmanager_queue_length", .gauge, "Alerts that wait for it.",
      { .whole($0.waiting) }),
    OfAgent(
      "breakwater_alertmanager_latency_seconds", .histogram, "Time that a push took.",
      labels: ["alertmanager"]
    ) { agent, out in
      for alertmanager in agent.notifications.pushes {
        out.histogram(alertmanager.latency, common: alertmanager.label)
      }
    },
  ]

  private static func ofAlertmanager(
    _ name: String, _ kind: MetricFamily.Kind, _ help: String,
    _ value: @escaping @Sendable (NotificationFigures.PerAlertmanager) -> MetricValue
  ) -> OfAgent {
    OfAgent(name, kind, help, labels: ["alertmanager"]) { agent, out in
      for alertmanager in agent.notifications.pushes {
        out.sample(value(alertmanager), label: alertmanager.label)
      }
    }
  }
}

extension NotificationFigures.PerAlertmanager {
  fileprivate var label: [UInt8] { renderedLabel("alertmanager", address) }
}
