package import Signals

extension NotificationState {
  /// Tries that begin now.
  package mutating func takeOrders(at now: Now) -> [DeliveryOrder] {
    var orders: [DeliveryOrder] = []
    for destination in webhooks.keys.sorted() {
      guard let webhook = webhooks[destination] else { continue }
      while outbox.load(destination).inFlight < limits.triesInFlight,
        let lane = outbox.nextReady(destination), let first = outbox.first(lane)
      {
        if first.expires <= now.monotonic {
          end(lane, as: .failed(.expired), maybe: first.mayHaveArrived, at: now)
        } else if tellsOnlyOfUnknownEnds(first) {
          end(lane, as: .collapsed, maybe: false, at: now)
        } else {
          orders.append(order(for: first, lane, webhook, at: now))
        }
      }
    }
    return orders
  }

  private mutating func order(
    for waiting: WaitingMessage, _ lane: Lane, _ webhook: WebhookSettings, at now: Now
  ) -> DeliveryOrder {
    let deadline = now.monotonic.advanced(by: webhook.timeout ?? Self.tryTimeout)
    let attempt = outbox.start(lane, deadline: deadline)
    agenda.insert(.lane(lane), at: deadline.advanced(by: limits.reportGrace))
    perDestination[lane.destination]?.tries += 1
    return DeliveryOrder(
      message: waiting.message.number, attempt: attempt, idempotencyKey: waiting.message.key,
      webhook: webhook, body: waiting.message.body, deadline: deadline)
  }

  static let tryTimeout: Duration = .seconds(10)

  /// Ends of alerts whose beginning never arrived are no news.
  private func tellsOnlyOfUnknownEnds(_ waiting: WaitingMessage) -> Bool {
    guard waiting.message.told.firing.isEmpty, !waiting.mayHaveArrived else { return false }
    return !parts(of: waiting).contains { lane, told in
      log.mayHaveArrived(told.resolved, at: lane)
    }
  }

  /// What came of a try.
  package mutating func end(_ report: DeliveryReport, at now: Now) {
    guard let lane = outbox.lane(of: report), let first = outbox.first(lane) else {
      counts.lateReports += 1
      return
    }
    let decision = RetryPolicy.decision(
      after: report.result, attempt: first.tries, refusals: first.refusals,
      key: first.message.key)
    let maybe = first.mayHaveArrived || report.result.mayHaveArrived
    switch decision {
    case .delivered:
      end(lane, as: .delivered, maybe: true, at: now)
    case .giveUp(let reason):
      perDestination[lane.destination]?.failedTries[reason, default: 0] += 1
      end(lane, as: .failed(reason), maybe: maybe, at: now)
    case .again(let wait, let reason):
      perDestination[lane.destination]?.failedTries[reason, default: 0] += 1
      outbox.land(lane, refused: report.result.isRefusal, mayHaveArrived: maybe)
      let next = min(now.monotonic.advanced(by: wait), first.expires)
      outbox.wait(lane, until: next)
      agenda.insert(.lane(lane), at: next)
    }
  }

  /// The lane's wait may be over, its message expired, or its report lost.
  mutating func attend(_ lane: Lane, at now: Now) {
    guard let queue = outbox.lanes[lane], let first = queue.first else { return }
    if let deadline = queue.deadline {
      guard deadline.advanced(by: limits.reportGrace) <= now.monotonic else { return }
      let lost = DeliveryResult.failed(.local, detail: "no report", mayHaveArrived: true)
      end(
        DeliveryReport(message: first.message.number, attempt: first.tries, result: lost), at: now)
    } else if first.expires <= now.monotonic {
      end(lane, as: .failed(.expired), maybe: first.mayHaveArrived, at: now)
    } else if let next = queue.nextTry, next <= now.monotonic {
      outbox.wait(lane, until: nil)
    }
  }

  /// Takes the lane's first message out, and has the log say what its alerts' destination knows.
  mutating func end(_ lane: Lane, as end: MessageEnd, maybe: Bool, at now: Now) {
    let isDelivered = end == .delivered
    guard let waiting = outbox.removeFirst(lane) else { return }
    unsaved.append(MessageEnding(number: waiting.message.number, end: end, at: now.wall))
    count(end, waiting, at: now)
    let later = isDelivered ? [] : outbox.mentioned(in: lane, after: waiting.message.number)
    for (home, told) in parts(of: waiting) {
      if isDelivered || maybe {
        let number = home == lane ? waiting.message.number : 0
        log.arrive(told, at: home, number: number, surely: isDelivered)
      }
      guard !isDelivered else { continue }
      let meant = Set(told.all.map(\.fingerprint)).subtracting(later)
      log.putBack(home, isLast: !outbox.isWaiting(home)) { meant.contains($0) }
      let interval = settings.route?.groupInterval ?? .seconds(300)
      agenda.insert(.adopt(home), at: now.monotonic.advanced(by: interval))
    }
  }

  /// What a message tells, by the groups that its alerts are in now.
  private func parts(of waiting: WaitingMessage) -> [(Lane, Told)] {
    let message = waiting.message
    guard waiting.isRegrouped else { return [(message.lane, message.told)] }
    return message.told.parts(by: grouping).map { key, told in
      (Lane(group: key, destination: message.lane.destination), told)
    }
  }

  private mutating func count(_ end: MessageEnd, _ waiting: WaitingMessage, at now: Now) {
    let destination = waiting.message.lane.destination
    switch end {
    case .delivered:
      perDestination[destination]?.delivered += 1
      perDestination[destination]?.latency.observe(waiting.decided.duration(to: now.monotonic))
    case .failed(let reason): perDestination[destination]?.failed[reason, default: 0] += 1
    case .collapsed: perDestination[destination]?.collapsed += 1
    }
  }
}
