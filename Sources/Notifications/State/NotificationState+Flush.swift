import PromQL
import Signals

/// What a flush decided for one destination; for a log line.
package struct FlushRecord: Equatable, Sendable {
  package var lane: Lane
  package var decision: NotifyDecision
  /// Alerts that fire and are not held, that have ended, and that are held.
  package var firing: Int
  package var resolved: Int
  package var held: Int
}

/// A flush of one group, as far as it is the same for all its destinations.
private struct Picture {
  let group: AlertGroup
  let holds: [UInt64: Hold]
  let closed: SilenceReason?
  let repeatInterval: Duration
}

extension NotificationState {
  mutating func flush(_ id: GroupID, at now: Now) {
    guard var group = groups[id], group.nextFlush <= now.monotonic else { return }
    let route = id.node.flatMap { tree?.nodes[$0].route }
    let picture = Picture(
      group: group, holds: holds(of: group, at: now.wall),
      closed: route.flatMap { closed($0, at: now.wall) },
      repeatInterval: route?.repeatInterval ?? limits.ownRepeatInterval)
    var putOff = false
    for destination in group.destinations {
      if isFull(destination) {
        putOff = true
        counts.flushesPutOff += 1
      } else {
        tell(picture, Lane(group: group.key, destination: destination), at: now)
      }
    }
    group.hasFlushed = true
    // Those who could not be told yet will be, of what has ended too.
    if !putOff { forgetEnded(&group, isClosed: picture.closed != nil) }
    let interval = max(route?.groupInterval ?? .seconds(300), .seconds(1))
    let wait = putOff ? min(limits.putOff, interval) : interval
    group.nextFlush = now.monotonic.advanced(by: wait)
    if case .stray = id, !putOff { group.nextFlush = MonotonicInstant(nanoseconds: .max) }
    groups[id] = group.alerts.isEmpty ? nil : group
    if groups[id] != nil, group.nextFlush.nanoseconds < .max {
      agenda.insert(.flush(id), at: group.nextFlush)
    }
  }

  /// `isClosed`: those who were told of the beginning are told of the end later.
  private mutating func forgetEnded(_ group: inout AlertGroup, isClosed: Bool) {
    for (fingerprint, member) in group.alerts where member.alert.isResolved {
      if isClosed && group.destinations.contains(where: { isTold(fingerprint, group.key, $0) }) {
        continue
      }
      group.alerts[fingerprint] = nil
      if case .stray = group.id {
        strays[fingerprint]?.remove(group.id)
        if strays[fingerprint]?.isEmpty ?? false { strays[fingerprint] = nil }
      }
    }
  }

  /// What of the group is held, and why.
  private mutating func holds(of group: AlertGroup, at now: Timestamp) -> [UInt64: Hold] {
    if case .own = group.id { return [:] }
    var holds: [UInt64: Hold] = [:]
    for (fingerprint, member) in group.alerts {
      if !inhibitor.inhibitors(of: member.alert.labels).isEmpty {
        holds[fingerprint] = .inhibited
        continue
      }
      let silences = silences.holding(member.alert.labels, fingerprint: fingerprint, at: now)
      if !silences.isEmpty { holds[fingerprint] = .silenced }
    }
    return holds
  }

  /// Why the route sends nothing at this time; `nil`: it does.
  func closed(_ route: Route, at now: Timestamp) -> SilenceReason? {
    let active = route.activeTimeIntervals
    if !active.isEmpty && !active.contains(where: { isIn($0, now) }) { return .activeTimeInterval }
    return route.muteTimeIntervals.contains { isIn($0, now) } ? .muteTimeInterval : nil
  }

  func isIn(_ interval: String, _ now: Timestamp) -> Bool {
    settings.timeIntervals[interval]?.contains { $0.contains(now) } ?? false
  }

  func isFull(_ destination: Destination) -> Bool {
    let load = outbox.load(destination)
    return load.messages >= max(1, limits.messages / shares)
      || load.bytes >= limits.messageBytes / shares
  }

  private func isTold(
    _ fingerprint: UInt64, _ key: GroupKey, _ destination: Destination
  ) -> Bool {
    log.told(Lane(group: key, destination: destination))?.fires(fingerprint) ?? false
  }

  private mutating func tell(_ picture: Picture, _ lane: Lane, at now: Now) {
    guard let integration = integrations[lane.destination] else { return }
    var flush = Flush()
    flush.told = log.told(lane)
    var alerts: [Alert] = []
    for (fingerprint, member) in picture.group.alerts {
      let isKnown = flush.told?.fires(fingerprint) ?? false
      switch (member.alert.isResolved, picture.holds[fingerprint]) {
      case (false, let hold?): flush.held[fingerprint] = hold
      case (false, nil):
        flush.firing.insert(fingerprint)
        alerts.append(member.alert)
      // Of an end hear those who have heard of the beginning.
      case (true, _) where !isKnown: break
      case (true, _):
        flush.resolved.insert(fingerprint)
        alerts.append(member.alert)
      }
    }
    flush.closed = picture.closed
    if case .stray = picture.group.id { flush.isStray = true }
    flush.sendResolved = integration.sendResolved
    flush.repeatInterval = picture.repeatInterval
    flush.isWaiting = outbox.isWaiting(lane)
    let decision = flush.decision(at: now.wall)
    counts.decisions[decision, default: 0] += 1
    if flushes.count < limits.flushRecords {
      flushes.append(
        FlushRecord(
          lane: lane, decision: decision, firing: flush.firing.count,
          resolved: flush.resolved.count, held: flush.held.count))
    }
    switch decision {
    case .send(let reason): send(alerts, of: picture.group, lane, integration, reason, at: now)
    // What has ended may begin anew, and is news then.
    case .silent where !integration.sendResolved && picture.closed == nil:
      log.forget(flush.resolved, of: lane)
    case .silent: break
    }
  }

  private mutating func send(
    _ alerts: [Alert], of group: AlertGroup, _ lane: Lane, _ integration: Integration,
    _ reason: NotifyReason, at now: Now
  ) {
    let told = alerts.told(at: now.wall)
    let number = nextMessage
    nextMessage = nextMessage.addingSaturating(1)
    let key = NotificationMessage.key(agentID: agentID, number: number, lane: lane, told: told)
    let listed = alerts.filter { integration.sendResolved || !$0.isResolved }.inOrder
    let outgoing = OutgoingMessage(
      receiver: lane.destination.receiver, groupKey: group.key, groupLabels: group.labels.labels,
      alerts: listed, reason: reason, deliveryID: key, now: now.wall)
    var context = renderingContext
    if let most = gates[lane.destination]?.bodyBytesMax { context.bytesMax = most }
    let body = integration.target.receiver.body(for: outgoing, in: context)
    if body.problem != nil { perDestination[lane.destination]?.templateFailures += 1 }
    let message = NotificationMessage(
      number: number, key: key, lane: lane, reason: reason, told: told, created: now.wall,
      expires: now.wall.advanced(by: limits.messageLifetime), body: body.bytes)
    log.tell(told, to: lane)
    unsaved.append(message)
    outbox.append(WaitingMessage(message, at: now))
  }

  /// What flushes have decided since the last call.
  package mutating func takeFlushes() -> [FlushRecord] {
    defer { flushes = [] }
    return flushes
  }
}

extension [Alert] {
  fileprivate func told(at now: Timestamp) -> Told {
    var (firing, resolved): ([ToldAlert], [ToldAlert]) = ([], [])
    for alert in self {
      let told = ToldAlert(labels: alert.labels, startsAt: alert.startsAt)
      if alert.isResolved { resolved.append(told) } else { firing.append(told) }
    }
    return Told(firing: firing, resolved: resolved, at: now)
  }
}
