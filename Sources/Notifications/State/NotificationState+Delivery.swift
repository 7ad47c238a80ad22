package import Signals

extension NotificationState {
  /// Tries that begin now.
  package mutating func takeOrders(at now: Now) -> [DeliveryOrder] {
    var orders: [DeliveryOrder] = []
    for index in pushes.indices {
      let order = pushes[index].takeOrder(number: nextPush, agentID: agentID, at: now)
      guard let order else { continue }
      nextPush += 1
      orders.append(order)
    }
    for destination in integrations.keys.sorted() {
      guard let integration = integrations[destination] else { continue }
      while outbox.load(destination).inFlight < limits.triesInFlight,
        let lane = outbox.nextReady(destination), let first = outbox.first(lane)
      {
        if first.expires <= now.monotonic {
          end(lane, as: .failed(.expired), maybe: first.mayHaveArrived, at: now)
        } else if tellsOnlyOfUnknownEnds(first) {
          end(lane, as: .collapsed, maybe: false, at: now)
        } else if integration.sendResolved, isOverBeforeItArrived(lane, at: now) {
          end(lane, as: .collapsed, maybe: false, at: now)
          outbox.tellInAnyCase(lane)
        } else if let later = refusal(of: first, to: destination, integration, at: now) {
          outbox.offer(lane)
          wake(for: destination, at: later, now)
          break
        } else {
          orders.append(order(for: first, lane, integration, at: now))
        }
      }
    }
    return orders
  }

  /// When to ask again, if the destination may be sent nothing now.
  private mutating func refusal(
    of first: WaitingMessage, to destination: Destination, _ integration: Integration, at now: Now
  ) -> MonotonicInstant? {
    let timeout = (integration.timeout ?? Self.tryTimeout) + limits.reportGrace
    return gates[destination]?.admit(first.message.number, at: now.monotonic, within: timeout)
  }

  /// Has orders taken again by then; a wake that comes no later will do.
  private mutating func wake(
    for destination: Destination, at instant: MonotonicInstant, _ now: Now
  ) {
    if let wake = gates[destination]?.wake, wake > now.monotonic, wake <= instant { return }
    gates[destination]?.wake = instant
    agenda.insert(.orders, at: instant)
  }

  private mutating func order(
    for waiting: WaitingMessage, _ lane: Lane, _ integration: Integration, at now: Now
  ) -> DeliveryOrder {
    let deadline = now.monotonic.advanced(by: integration.timeout ?? Self.tryTimeout)
    let attempt = outbox.start(lane, deadline: deadline)
    agenda.insert(.lane(lane), at: deadline.advanced(by: limits.reportGrace))
    perDestination[lane.destination]?.tries += 1
    let receiver = integration.target.receiver
    return DeliveryOrder(
      id: .message(waiting.message.number), attempt: attempt,
      idempotencyKey: waiting.message.key,
      request: receiver.request(idempotencyKey: waiting.message.key),
      http: integration.http, body: waiting.message.body, deadline: deadline)
  }

  package static let tryTimeout: Duration = .seconds(10)

  /// Ends of alerts whose beginning never arrived are no news.
  private func tellsOnlyOfUnknownEnds(_ waiting: WaitingMessage) -> Bool {
    guard waiting.message.told.firing.isEmpty, !waiting.mayHaveArrived, !waiting.tellsMissed else {
      return false
    }
    return !parts(of: waiting).contains { lane, told in
      log.mayHaveArrived(told.resolved, at: lane)
    }
  }

  /// The next message tells the end of just what the first tells, both are old, and the first has
  /// not arrived: after an outage of the receiver, what is long over is told once.
  private func isOverBeforeItArrived(_ lane: Lane, at now: Now) -> Bool {
    guard let (first, next) = outbox.firstTwo(lane), !first.mayHaveArrived, !first.isByHand,
      !first.isRegrouped, !next.isRegrouped
    else { return false }
    let isOld = [first, next].allSatisfy {
      $0.decided.duration(to: now.monotonic) >= limits.missedAfter
    }
    let (began, ended) = (first.message.told, next.message.told)
    return isOld && began.resolved.isEmpty && ended.firing.isEmpty
      && began.firing.map(\.fingerprint) == ended.resolved.map(\.fingerprint)
  }

  /// What came of a try.
  package mutating func end(_ report: DeliveryReport, at now: Now) {
    if case .push(let number) = report.id {
      guard let index = pushes.firstIndex(where: { $0.isUnderWay(number) }) else {
        counts.lateReports += 1
        return
      }
      if !report.result.isTaken {
        note(
          DeliveryNote(
            receiver: pushes[index].settings.address, integration: "alertmanager", number: number,
            .failedTry(report.attempt, detail: report.result.detail(nil))))
      }
      pushes[index].end(report.result, at: now)
      return
    }
    guard let lane = outbox.lane(of: report), let first = outbox.first(lane) else {
      counts.lateReports += 1
      return
    }
    let (number, key) = (first.message.number, first.message.key)
    var meaning: AnswerMeaning?
    var said: String?
    if case .answered(let answer) = report.result {
      let receiver = integrations[lane.destination]?.target.receiver
      meaning = receiver?.meaning(of: answer) ?? AnswerMeaning(of: answer)
      said = receiver?.reason(of: answer)
      if meaning == .tooLarge, !shrinkBodies(for: first, in: lane, at: now) {
        meaning = .refused(.clientError)
      }
    }
    let decision = RetryPolicy.decision(
      after: report.result, meaning, attempt: first.tries, refusals: first.refusals, key: key)
    let maybe = first.mayHaveArrived || report.result.mayHaveArrived(meaning)
    if decision != .delivered {
      note(
        .failedTry(report.attempt, detail: report.result.detail(said)), lane.destination, number)
    }
    switch decision {
    case .delivered:
      succeed(lane, number, at: now)
    case .giveUp(let reason):
      fail(lane.destination, number, reason, asked: nil, key: key, at: now)
      // Rather told twice than not: a smaller one has another key.
      let isReplaced = reason == .tooLarge
      end(
        lane, as: isReplaced ? .replaced : .failed(reason), maybe: maybe && !isReplaced, at: now)
    case .again(let wait, let reason):
      var asked: Duration?
      if case .again(_?, _) = meaning { asked = wait }
      fail(lane.destination, number, reason, asked: asked, key: key, at: now)
      outbox.land(lane, refused: meaning?.isRefusal ?? false, mayHaveArrived: maybe)
      let next = min(now.monotonic.advanced(by: wait), first.expires)
      outbox.wait(lane, until: next)
      agenda.insert(.lane(lane), at: next)
    }
  }

  private mutating func succeed(_ lane: Lane, _ number: UInt64, at now: Now) {
    let destination = lane.destination
    let bytes = outbox.first(lane)?.message.body.count ?? 0
    gates[destination]?.tookBody(of: bytes, mostEver: limits.bodyBytes, at: now.monotonic)
    let hasClosed = gates[destination]?.succeeded(number, at: now) ?? false
    end(lane, as: .delivered, maybe: true, at: now)
    resolveFailing(destination, at: now)
    guard hasClosed else { return }
    // It is well again: what waits for another try waits no longer.
    for other in outbox.lanes.keys.sorted() where other.destination == destination {
      // A refusal is waited out: it speaks of the message.
      guard let queue = outbox.lanes[other], queue.nextTry != nil, queue.first?.refusals == 0
      else { continue }
      outbox.wait(other, until: nil)
    }
  }

  private mutating func fail(
    _ destination: Destination, _ number: UInt64, _ reason: FailureReason, asked: Duration?,
    key: String, at now: Now
  ) {
    perDestination[destination]?.failedTries[reason, default: 0] += 1
    let wasWell = gates[destination]?.failing == nil
    let spread = StableHash(of: key).fraction
    gates[destination]?.failed(number, reason, asked: asked, at: now, spread: spread)
    if wasWell {
      lookForFailing(destination, at: now.monotonic.advanced(by: limits.failingFor))
    }
  }

  /// False when a smaller body would not help, or nobody would make one: all that it tells of must
  /// still be so, and not be told of by what waits behind it.
  private mutating func shrinkBodies(
    for waiting: WaitingMessage, in lane: Lane, at now: Now
  ) -> Bool {
    let bound = min(
      waiting.message.body.count, gates[lane.destination]?.bodyBytesMax ?? .max)
    let later = outbox.mentioned(in: lane, after: waiting.message.number)
    guard bound > DestinationGate.leastBodyBytes,
      waiting.message.told.firing.allSatisfy({ alert in
        !later.contains(alert.fingerprint)
          && groupsOf(alert).contains { group in
            group.receiver == lane.destination.receiver
              && group.alerts[alert.fingerprint]?.alert.isResolved == false
          }
      })
    else { return false }
    gates[lane.destination]?.limitBodies(to: bound / 2, at: now.monotonic)
    return true
  }

  /// The lane's wait may be over, its message expired, or its report lost.
  mutating func attend(_ lane: Lane, at now: Now) {
    guard let queue = outbox.lanes[lane], let first = queue.first else { return }
    if let deadline = queue.deadline {
      guard deadline.advanced(by: limits.reportGrace) <= now.monotonic else { return }
      let lost = DeliveryResult.failed(.local, detail: "no report", mayHaveArrived: true)
      end(
        DeliveryReport(id: .message(first.message.number), attempt: first.tries, result: lost),
        at: now)
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
    let pause = settings.route?.groupInterval ?? .seconds(300)
    let later = isDelivered ? [] : outbox.mentioned(in: lane, after: waiting.message.number)
    for (home, told) in parts(of: waiting) {
      if isDelivered || maybe {
        let number = home == lane ? waiting.message.number : 0
        log.arrive(told, at: home, number: number, surely: isDelivered)
      }
      guard !isDelivered else { continue }
      let meant = Set(told.all.map(\.fingerprint)).subtracting(later)
      log.putBack(home, isLast: !outbox.isWaiting(home)) { meant.contains($0) }
      if end == .replaced { tellAtOnce(home, told, at: now) }
      let again = now.monotonic.advanced(by: end == .replaced ? .zero : pause)
      agenda.insert(.adopt(home), at: again)
    }
  }

  /// The groups of what fires are flushed now.
  private mutating func tellAtOnce(_ lane: Lane, _ told: Told, at now: Now) {
    guard let tree, !lane.group.isOwn else { return }
    for alert in told.firing {
      for index in tree.matches(alert.labels)
      where tree.nodes[index].route.receiver == lane.destination.receiver {
        let labels = tree.nodes[index].route.groupBy.labels(of: alert.labels)
        hasten(.routed(node: index, labels: labels), to: now.monotonic)
      }
    }
  }

  /// What a message tells, by the groups that its alerts are in now.
  private func parts(of waiting: WaitingMessage) -> [(Lane, Told)] {
    let message = waiting.message
    guard waiting.isRegrouped else { return [(message.lane, message.told)] }
    return message.told.parts { [homes] in homes.lanes(of: $0, toldIn: message.lane) }
  }

  private mutating func count(_ end: MessageEnd, _ waiting: WaitingMessage, at now: Now) {
    let destination = waiting.message.lane.destination
    switch end {
    case .delivered:
      perDestination[destination]?.delivered += 1
      perDestination[destination]?.latency.observe(waiting.decided.duration(to: now.monotonic))
    case .failed(let reason):
      note(.givenUp(reason), destination, waiting.message.number)
      perDestination[destination]?.failed[reason, default: 0] += 1
      counts.deadLetters += 1
    case .replaced: perDestination[destination]?.replaced += 1
    case .redelivered: break
    case .collapsed: perDestination[destination]?.collapsed += 1
    }
  }
}
