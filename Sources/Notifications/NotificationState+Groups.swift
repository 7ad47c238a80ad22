import PromQL
import Signals

extension NotificationState {
  /// Puts a bounded alert into its group.
  mutating func insert(_ alert: Alert, at now: Now) {
    guard let route = settings.route else { return }
    let labels = grouping.labels(of: alert.labels)
    let fingerprint = alert.labels.alertFingerprint
    if groups[labels]?.alerts[fingerprint] == nil {
      // Of what has ended and nobody was told of, or was told the end of, there is nothing to say.
      let key = groups[labels]?.key ?? Grouping.key(for: labels)
      if alert.isResolved && !isTold(fingerprint, key) { return }
      if groups[labels] == nil {
        guard groups.count < limits.groups else {
          counts.alertsRefused[.groups, default: 0] += 1
          return
        }
        let flush = now.monotonic.advanced(by: route.groupWait)
        groups[labels] = AlertGroup(labels: labels, nextFlush: flush)
        agenda.insert(.flush(labels), at: flush)
      }
      guard (groups[labels]?.alerts.count ?? 0) < limits.alertsPerGroup else {
        counts.alertsRefused[.alertsPerGroup, default: 0] += 1
        return
      }
    }
    groups[labels]?.alerts[fingerprint] = alert
    let hasWaited = alert.startsAt.advanced(by: route.groupWait) <= now.wall
    if hasWaited, let group = groups[labels], !group.hasFlushed, group.nextFlush > now.monotonic {
      groups[labels]?.nextFlush = now.monotonic
      agenda.insert(.flush(labels), at: now.monotonic)
    }
  }

  /// Whether somebody whom the route tells was told that the alert fires.
  private func isTold(_ fingerprint: UInt64, _ key: GroupKey) -> Bool {
    destinations.contains { destination, _ in
      log.told(Lane(group: key, destination: destination))?.fires(fingerprint) ?? false
    }
  }

  mutating func flush(_ labels: LabelSet, at now: Now) {
    guard let route = settings.route, var group = groups[labels],
      group.nextFlush <= now.monotonic
    else { return }
    var putOff = false
    for (destination, webhook) in destinations {
      if isFull(destination) {
        putOff = true
        counts.flushesPutOff += 1
      } else {
        tell(group, Lane(group: group.key, destination: destination), webhook, route, at: now)
      }
    }
    group.hasFlushed = true
    // Those who could not be told yet will be, of what has ended too.
    if !putOff { group.alerts = group.alerts.filter { !$0.value.isResolved } }
    let interval = max(route.groupInterval, .seconds(1))
    let wait = putOff ? min(limits.putOff, interval) : interval
    group.nextFlush = now.monotonic.advanced(by: wait)
    groups[labels] = group.alerts.isEmpty ? nil : group
    if groups[labels] != nil { agenda.insert(.flush(labels), at: group.nextFlush) }
  }

  private func isFull(_ destination: Destination) -> Bool {
    let load = outbox.load(destination)
    let shares = max(1, destinations.count)
    return load.messages >= max(1, limits.messages / shares)
      || load.bytes >= limits.messageBytes / shares
  }

  private mutating func tell(
    _ group: AlertGroup, _ lane: Lane, _ webhook: WebhookSettings, _ route: Route, at now: Now
  ) {
    var flush = Flush()
    flush.firing = group.fingerprints(resolved: false)
    flush.resolved = group.fingerprints(resolved: true)
    flush.told = log.told(lane)
    flush.sendResolved = webhook.sendResolved
    flush.repeatInterval = route.repeatInterval
    flush.isWaiting = outbox.isWaiting(lane)
    let decision = flush.decision(at: now.wall)
    counts.decisions[decision, default: 0] += 1
    switch decision {
    case .send(let reason): send(group, lane, webhook, reason, at: now)
    case .silent(.resolvedNotWanted): log.tell(group.told(at: now.wall), to: lane)
    case .silent: break
    }
  }

  private mutating func send(
    _ group: AlertGroup, _ lane: Lane, _ webhook: WebhookSettings, _ reason: NotifyReason,
    at now: Now
  ) {
    let told = group.told(at: now.wall)
    let number = nextMessage
    nextMessage = nextMessage.addingSaturating(1)
    let key = NotificationMessage.key(agentID: agentID, number: number, lane: lane, told: told)
    let alerts = group.inOrder.filter { webhook.sendResolved || !$0.isResolved }
    let payload = Payload(
      receiver: lane.destination.receiver, group: group, alerts: alerts, reason: reason,
      externalURL: settings.externalURL, deliveryID: key, maxAlerts: webhook.maxAlerts,
      bytesMax: limits.bodyBytes)
    let message = NotificationMessage(
      number: number, key: key, lane: lane, reason: reason, told: told, created: now.wall,
      expires: now.wall.advanced(by: limits.messageLifetime), body: payload.render())
    log.tell(told, to: lane)
    unsaved.append(message)
    outbox.append(WaitingMessage(message, at: now))
  }

  mutating func adoptAll(at now: Now) {
    for lane in log.entries.keys.sorted() { adopt(lane, at: now) }
  }

  /// Alerts that the destination was told of, and that no group has any more, have ended.
  mutating func adopt(_ lane: Lane, at now: Now) {
    guard adoptFrom <= now.monotonic, lane.destination.receiver == settings.route?.receiver,
      webhooks[lane.destination] != nil, let told = log.told(lane)
    else { return }
    for alert in told.firing {
      let labels = grouping.labels(of: alert.labels)
      guard groups[labels]?.alerts[alert.fingerprint] == nil else { continue }
      insert(
        Alert(
          labels: alert.labels, annotations: [], startsAt: alert.startsAt, endsAt: now.wall,
          isResolved: true, generatorURL: ""), at: now)
    }
  }
}
