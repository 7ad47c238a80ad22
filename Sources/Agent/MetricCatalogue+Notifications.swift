import Notifications
import Signals

private let failureReasons = RenderedSet("reason", of: FailureReason.self).members
private let refusals = RenderedSet("reason", of: AlertRefusal.self).members
private let silenceStates = RenderedSet("state", of: Silence.State.self).members

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
      "breakwater_notification_dead_letters", .gauge,
      "Messages that were given up and can be sent again by hand."
    ) { agent, out in
      out.sample(.whole(agent.notifications.deadLetters))
    },
    OfAgent(
      "breakwater_notification_latency_seconds", .histogram,
      "Time from the decision to send a message to its delivery.",
      labels: ["receiver", "integration"]
    ) { agent, out in
      for destination in agent.notifications.byReceiver {
        out.histogram(destination.latency, common: destination.label)
      }
    },
    ofDestination(
      "breakwater_notification_circuit_open", .gauge,
      "Integrations that are left alone but for a try now and then, since tries have failed.",
      { .whole($0.open) }),
    ofDestination(
      "breakwater_notifications_replaced_total", .counter,
      "Messages that were too large, each of which a smaller one took the place of.",
      { .whole($0.replaced) }),
    ofDestination(
      "breakwater_notification_template_failures_total", .counter,
      "Messages in which a template failed, sent in the default form.",
      { .whole($0.templateFailures) }),
    OfAgent(
      "breakwater_notification_decisions_total", .counter,
      "What flushes of groups decided, by why.", labels: ["decision", "reason"]
    ) { agent, out in
      for decision in NotifyDecision.all {
        out.sample(.whole(agent.notifications.decisions[decision] ?? 0), label: decision.label)
      }
    },
    OfAgent("breakwater_silences", .gauge, "Silences by state.", labels: ["state"]) {
      agent, out in
      for (state, member) in zip(Silence.State.allCases, silenceStates) {
        out.sample(.whole(agent.notifications.silences[state] ?? 0), label: member.label)
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
  /// The integrations of one kind of a receiver as one: that is what the labels tell apart.
  fileprivate var byReceiver: [PerDestination] {
    var all: [PerDestination] = []
    for destination in destinations {
      guard var last = all.last, last.destination.receiver == destination.destination.receiver,
        last.destination.kind == destination.destination.kind
      else {
        all.append(destination)
        continue
      }
      last.delivered += destination.delivered
      last.replaced += destination.replaced
      last.templateFailures += destination.templateFailures
      last.open += destination.open
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
      + renderedLabel("integration", destination.kind.rawValue)
  }
}

extension NotifyDecision {
  fileprivate static let all =
    NotifyReason.allCases.map(Self.send) + SilenceReason.allCases.map(Self.silent)

  fileprivate var label: [UInt8] {
    let decision = if case .send = self { "send" } else { "hold" }
    return renderedLabel("decision", decision) + Array(",".utf8) + renderedLabel("reason", reason)
  }
}
