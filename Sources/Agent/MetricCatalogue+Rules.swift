import Alerting
import Notifications
import Signals

private let failureReasons = RenderedSet("reason", of: FailureReason.self).members
private let refusals = RenderedSet("reason", of: AlertRefusal.self).members

extension MetricCatalogue {
  /// Prometheus's names, with our prefix.
  static let rules: [OfAgent] = [
    ofGroup(
      "breakwater_rule_evaluations_total", .counter, "Evaluations of rules.",
      { .whole($0.figures.evaluations) }),
    ofGroup(
      "breakwater_rule_evaluation_failures_total", .counter, "Evaluations of rules that failed.",
      { .whole($0.figures.failures) }),
    ofGroup(
      "breakwater_rule_group_iterations_total", .counter,
      "Evaluations of the whole group, on its slots and at once.",
      { .whole($0.figures.iterations) }),
    ofGroup(
      "breakwater_rule_group_iterations_missed_total", .counter,
      "Slots of the group that passed without an evaluation.", { .whole($0.figures.missed) }),
    ofGroup(
      "breakwater_rule_group_iterations_at_once_total", .counter,
      "Evaluations of the whole group that a transition brought about, besides its slots.",
      { .whole($0.figures.atOnce) }),
    ofGroup(
      "breakwater_rule_group_interval_seconds", .gauge, "Time between two slots of the group.",
      { .microseconds($0.group.interval.wholeMicroseconds) }),
    ofGroup(
      "breakwater_rule_group_last_evaluation_timestamp_seconds", .gauge,
      "When the group was last evaluated.", { $0.lastEvaluation.map { .seconds($0) } }),
    ofGroup(
      "breakwater_rule_group_last_duration_seconds", .gauge,
      "Time that the last evaluation of the group took.",
      { .microseconds($0.evaluationTime.wholeMicroseconds) }),
    ofGroup(
      "breakwater_rule_group_last_evaluation_samples", .gauge,
      "Samples that the last evaluation of the group wrote.", { .whole($0.samples) }),
    ofGroup(
      "breakwater_rule_group_rules", .gauge, "Rules of the group.", { .whole($0.group.rules.count) }
    ),
  ]

  private static func ofGroup(
    _ name: String, _ kind: MetricFamily.Kind, _ help: String,
    _ value: @escaping @Sendable (RuleGroupStatus) -> MetricValue?
  ) -> OfAgent {
    OfAgent(name, kind, help, labels: ["rule_group"]) { agent, out in
      for group in agent.rules {
        if let value = value(group) {
          out.sample(value, label: renderedLabel("rule_group", group.group.key))
        }
      }
    }
  }
}

extension MetricCatalogue {
  static let notifications: [OfAgent] = [
    ofDestination(
      "breakwater_notifications_total", .counter, "Messages delivered.",
      { .whole($0.delivered) }),
    OfAgent(
      "breakwater_notifications_failed_total", .counter, "Messages given up.",
      labels: ["receiver", "integration", "reason"]
    ) { agent, out in
      for destination in agent.notifications.byReceiver {
        for (reason, member) in zip(FailureReason.allCases, failureReasons) {
          let label = destination.label + Array(",".utf8) + member.label
          out.sample(.whole(destination.failed[reason] ?? 0), label: label)
        }
      }
    },
    OfAgent(
      "breakwater_notification_failed_tries_total", .counter,
      "Tries of messages that did not deliver them.",
      labels: ["receiver", "integration", "reason"]
    ) { agent, out in
      for destination in agent.notifications.byReceiver {
        for (reason, member) in zip(FailureReason.allCases, failureReasons) {
          let label = destination.label + Array(",".utf8) + member.label
          out.sample(.whole(destination.failedTries[reason] ?? 0), label: label)
        }
      }
    },
    ofDestination(
      "breakwater_notification_queue_length", .gauge, "Messages that wait to be delivered.",
      { .whole($0.waiting) }),
    OfAgent(
      "breakwater_notification_latency_seconds", .histogram,
      "Time from the decision to send a message to its delivery.",
      labels: ["receiver", "integration"]
    ) { agent, out in
      for destination in agent.notifications.byReceiver {
        out.histogram(destination.latency, common: destination.label)
      }
    },
    OfAgent(
      "breakwater_notification_flushes_put_off_total", .counter,
      "Decisions put off because too many messages wait."
    ) { agent, out in
      out.sample(.whole(agent.notifications.flushesPutOff))
    },
    OfAgent(
      "breakwater_notification_alerts_refused_total", .counter,
      "Alerts that are not notified because there are too many.", labels: ["reason"]
    ) { agent, out in
      for (reason, member) in zip(AlertRefusal.allCases, refusals) {
        out.sample(
          .whole(agent.notifications.alertsRefused[reason] ?? 0), label: member.label)
      }
    },
  ]

  private static func ofDestination(
    _ name: String, _ kind: MetricFamily.Kind, _ help: String,
    _ value: @escaping @Sendable (NotificationFigures.PerDestination) -> MetricValue
  ) -> OfAgent {
    OfAgent(name, kind, help, labels: ["receiver", "integration"]) { agent, out in
      for destination in agent.notifications.byReceiver {
        out.sample(value(destination), label: destination.label)
      }
    }
  }
}

extension NotificationFigures {
  /// The webhooks of a receiver as one: that is what the labels tell apart.
  fileprivate var byReceiver: [PerDestination] {
    var all: [PerDestination] = []
    for destination in destinations {
      guard var last = all.last, last.destination.receiver == destination.destination.receiver
      else {
        all.append(destination)
        continue
      }
      last.delivered += destination.delivered
      last.failed.merge(destination.failed, uniquingKeysWith: +)
      last.failedTries.merge(destination.failedTries, uniquingKeysWith: +)
      last.waiting += destination.waiting
      last.latency.add(destination.latency)
      all[all.count - 1] = last
    }
    return all
  }
}

extension NotificationFigures.PerDestination {
  fileprivate var label: [UInt8] {
    renderedLabel("receiver", destination.receiver) + Array(",".utf8)
      + renderedLabel("integration", "webhook")
  }
}
