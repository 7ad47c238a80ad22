import Alerting
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

extension SimulatedWorld {
  mutating func startTries() {
    for order in state.takeOrders(at: now) {
      let (result, arrives) = fate()
      let latency = Int.random(in: 1...9_000, using: &random)
      flights.append(
        Flight(
          order: order, result: result, arrives: arrives,
          at: now.monotonic.advanced(by: .milliseconds(latency))))
      if known[order.id.message ?? 0]?.key != order.idempotencyKey {
        Issue.record("seed \(seed): \(order.idempotencyKey) was not handed to the journal first")
      }
    }
  }

  private mutating func fate() -> (DeliveryResult, arrives: Bool) {
    if percent(regime.lostPercent) {
      let lost = DeliveryResult.failed(.timeout, detail: "no answer", mayHaveArrived: true)
      return (percent(50) ? lost : .answered(status: 502, retryAfter: nil), percent(50))
    }
    if percent(regime.refusedPercent) {
      let status = [400, 401, 404, 410, 301].randomElement(using: &random) ?? 400
      return (.answered(status: status, retryAfter: nil), false)
    }
    if percent(regime.failurePercent) {
      let results: [DeliveryResult] = [
        .answered(status: 429, retryAfter: .seconds(40)),
        .failed(.connect, detail: "", mayHaveArrived: false),
      ]
      return (results.randomElement(using: &random) ?? results[0], false)
    }
    return (.answered(status: 200, retryAfter: nil), true)
  }

  mutating func land(_ flight: Flight) {
    arrive(flight)
    if flight.result != .answered(status: 200, retryAfter: nil) {
      receivers.excuse(flight.order.idempotencyKey)
    }
    state.end(
      DeliveryReport(
        id: flight.order.id, attempt: flight.order.attempt, result: flight.result),
      at: now)
  }

  mutating func arrive(_ flight: Flight) {
    guard flight.arrives, let message = known[flight.order.id.message ?? 0] else { return }
    receivers.arrive(message, sequence: sequences[message.key] ?? 0)
  }

  /// No fault any more; what is bad stays bad.
  mutating func calmDown() {
    regime = Regime()
    isBroken = false
  }

  /// Nothing is the matter.
  mutating func heal() { bad = [] }

  /// After a calm time: every receiver believes in just the alerts that fire.
  func check(_ when: String) {
    for trouble in receivers.troubles { Issue.record("seed \(seed): \(trouble)") }
    let alerts = state.rules.statuses.flatMap(\.rules).flatMap(\.alerts)
    var firing: Set<UInt64> = []
    for alert in alerts where alert.state == .firing {
      var labels = alert.labels
      for label in environment.externalLabels where labels[label.name] == nil {
        labels = labels.setting(label.name, to: label.value)
      }
      firing.insert(labels.alertFingerprint)
    }
    // A repetition may just be on its way.
    let old = journal.messages.contents.messages.filter {
      $0.created.duration(to: now.wall) > .seconds(60)
    }
    #expect(old.isEmpty, "seed \(seed), \(when)")
    for integration in 0..<2 {
      let destination = Destination(receiver: "chat", integration: integration)
      for beliefs in [receivers.firing, receivers.naive] {
        let believed = beliefs[destination] ?? []
        #expect(
          believed.subtracting(excused) == firing.subtracting(excused),
          "seed \(seed), \(when), \(destination)")
      }
    }
  }

  /// After the end of everything.
  func checkEmpty() {
    check("at the end")
    #expect(state.rules.statuses.flatMap(\.rules).flatMap(\.alerts).isEmpty, "seed \(seed)")
    #expect(journal.alerts.rows.isEmpty, "seed \(seed)")
    #expect(journal.messages.contents.messages.isEmpty, "seed \(seed)")
    #expect(state.notifications.figures(at: now).groups == 0, "seed \(seed)")
    for entry in journal.messages.contents.log {
      #expect(entry.told.firing.isEmpty, "seed \(seed): the log says that \(entry.lane) fires")
    }
  }
}
