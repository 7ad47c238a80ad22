import AgentRuntime
import Notifications
import Signals
import TestSupport

/// How a receiver is, and for how long.
struct SimulatedReceiver {
  enum Condition { case well, refusing, rateLimiting, unreachable, losing, hanging }

  var condition = Condition.well
  var until = MonotonicInstant(nanoseconds: .min)
}

/// A try under way.
struct Delivery {
  var order: DeliveryOrder
  var destination: Destination
  var result: DeliveryResult
  var arrives: Bool
}

extension World {
  mutating func start(_ orders: [DeliveryOrder]) {
    for order in orders {
      combine(6, nanoseconds, order.id.message ?? 0, UInt64(order.attempt))
      lint(order)
      guard let message = known[order.id.message ?? 0] else { continue }
      let place = message.lane.destination.integration
      let condition = condition(ofReceiver: place)
      let (result, arrives) = fate(condition, order)
      nextFlight += 1
      deliveries[nextFlight] = Delivery(
        order: order, destination: message.lane.destination, result: result, arrives: arrives)
      let latency =
        condition == .hanging ? now.monotonic.duration(to: order.deadline) : draw(1...900)
      schedule(.delivery(nextFlight), after: latency)
    }
  }

  private mutating func condition(ofReceiver place: Int) -> SimulatedReceiver.Condition {
    guard receivers.indices.contains(place) else { return .well }
    if receivers[place].until <= now.monotonic {
      receivers[place].condition =
        if percent(faults.refusing) { .refusing } else if percent(faults.rateLimiting) {
          .rateLimiting
        } else if percent(faults.unreachable) { .unreachable } else if percent(faults.losingAnswers)
        {
          .losing
        } else if percent(faults.receiversHang) { .hanging } else { .well }
      receivers[place].until = now.monotonic.advanced(by: draw(5_000...300_000))
    }
    return receivers[place].condition
  }

  private mutating func fate(
    _ condition: SimulatedReceiver.Condition, _ order: DeliveryOrder
  ) -> (DeliveryResult, arrives: Bool) {
    switch condition {
    case .well: return (.answered(status: 200, retryAfter: nil), true)
    case .refusing:
      let status = [400, 401, 404, 410, 301].randomElement(using: &random) ?? 400
      return (.answered(status: status, retryAfter: nil), false)
    case .rateLimiting:
      let wait: Duration? = percent(50) ? .seconds(40) : nil
      return (.answered(status: 429, retryAfter: wait), false)
    case .unreachable: return (.failed(.connect, detail: "", mayHaveArrived: false), false)
    case .losing:
      let lost = DeliveryResult.failed(.network, detail: "reset", mayHaveArrived: true)
      return (percent(50) ? lost : .answered(status: 502, retryAfter: nil), percent(50))
    case .hanging: return (.failed(.timeout, detail: "", mayHaveArrived: true), percent(50))
    }
  }

  mutating func land(_ flight: Int) {
    guard let delivery = deliveries.removeValue(forKey: flight) else { return }
    note("delivery", delivery.order.id.message ?? 0, UInt64(delivery.order.attempt))
    arrive(delivery)
    if delivery.arrives, delivery.result != .answered(status: 200, retryAfter: nil) {
      heard.excuse(delivery.order.idempotencyKey)
    }
    mail.reports.append(
      DeliveryReport(
        id: delivery.order.id, attempt: delivery.order.attempt, result: delivery.result))
    wakeEngine()
  }

  mutating func arrive(_ delivery: Delivery) {
    guard let message = known[delivery.order.id.message ?? 0] else { return }
    guard delivery.arrives else {
      let told = message.told.firing.map(\.fingerprint)
      perhapsTold[delivery.destination, default: []].formUnion(told)
      return
    }
    lint(arriving: message)
    heard.arrive(message, sequence: sequences[message.key] ?? 0)
  }
}
