package import Signals

extension NotificationState {
  /// Groups and the log are made anew by the routes; groups that have waited long enough are
  /// flushed at once. The same settings again change nothing.
  package mutating func configure(_ settings: NotificationSettings, at now: Now) {
    guard restored != nil || settings != self.settings else { return }
    self.settings = settings
    tree = settings.route.map(RoutingTree.init)
    homes = Homes(tree)
    arrangeDestinations(at: now)
    arrangePushes()
    if let messages = restored { restore(messages, at: now) }
    endMessagesOfRemovedReceivers(at: now)
    if tree != nil {
      log.regroup { [homes] in homes.lanes(of: $0, toldIn: $1) }
      outbox.regroup { [homes] in homes.lanes(of: $0, toldIn: $1) }
    }
    regroup(at: now)
    reviewFailing(at: now)
    adoptFrom = now.monotonic.advanced(by: limits.restoredGrace)
    agenda.insert(.adoptAll, at: adoptFrom)
    attend(at: now)
  }

  private mutating func arrangeDestinations(at now: Now) {
    let before = integrations
    integrations = [:]
    destinations = [:]
    for receiver in settings.receivers {
      for (destination, integration) in receiver.destinations {
        integrations[destination] = integration
        destinations[receiver.name, default: []].append(destination)
        if perDestination[destination] == nil {
          perDestination[destination] = .init(destination: destination)
        }
        if before[destination] != integration { openGate(destination, at: now) }
      }
    }
    let routed = Set(tree?.nodes.map(\.route.receiver) ?? [])
    shares = max(1, routed.reduce(0) { $0 + (destinations[$1]?.count ?? 0) })
    perDestination = perDestination.filter { integrations[$0.key] != nil }
    gates = gates.filter { integrations[$0.key] != nil }
  }

  /// What was learned of another address or other credentials holds nothing up.
  private mutating func openGate(_ destination: Destination, at now: Now) {
    var gate = DestinationGate(
      MessageLimits.row(for: destination.kind).sendRate, at: now.monotonic)
    gate.failing = gates[destination]?.failing
    gates[destination] = gate
    for lane in outbox.lanes.keys.sorted()
    where lane.destination == destination && outbox.lanes[lane]?.nextTry != nil {
      outbox.wait(lane, until: nil)
    }
  }

  /// One that stays, by its address, keeps what waits for it.
  private mutating func arrangePushes() {
    let before = pushes
    pushes = settings.alertmanagers.map { alertmanager in
      guard var push = before.first(where: { $0.settings.url == alertmanager.url }) else {
        return AlertmanagerPush(alertmanager, limits)
      }
      push.settings = alertmanager
      return push
    }
  }

  /// Any of them may have arrived before the restart. One whose successor has arrived has ended,
  /// though the journal did not take that.
  private mutating func restore(_ messages: [NotificationMessage], at now: Now) {
    restored = nil
    outbox.release(through: nextMessage - 1)
    for message in messages {
      guard message.number > log.arrivedThrough(message.lane) else {
        unsaved.append(MessageEnding(number: message.number, end: .delivered, at: now.wall))
        continue
      }
      var waiting = WaitingMessage(message, at: now)
      waiting.mayHaveArrived = true
      outbox.append(waiting)
    }
    agenda.insert(.sweep, at: now.monotonic.advanced(by: Self.sweepInterval))
  }

  private mutating func endMessagesOfRemovedReceivers(at now: Now) {
    for lane in outbox.lanes.keys.sorted() where integrations[lane.destination] == nil {
      while let first = outbox.first(lane) {
        let inFlight = outbox.lanes[lane]?.deadline != nil
        end(lane, as: .failed(.receiverRemoved), maybe: first.mayHaveArrived || inFlight, at: now)
      }
    }
  }

  /// All alerts that are held come into the groups that they belong to now.
  private mutating func regroup(at now: Now) {
    var alerts: [UInt64: AlertGroup.Member] = [:]
    let own = groups.filter { if case .own = $0.key { true } else { false } }
    for group in groups.values {
      if case .own = group.id { continue }
      for (fingerprint, member) in group.alerts
      where (alerts[fingerprint]?.updatedAt ?? Timestamp(milliseconds: .min)) <= member.updatedAt {
        alerts[fingerprint] = member
      }
    }
    groups = own
    findStrays()
    inhibitor.rebuild(for: settings.inhibitRules)
    // Nobody says any more what ends.
    if tree == nil && pushes.isEmpty { inhibitor = Inhibitor(settings.inhibitRules) }
    let inOrder = alerts.values.map(\.alert).sorted { $0.labels < $1.labels }
    for alert in inOrder { insert(alert, at: now) }
  }

  /// What somebody was told of in a group that no route makes of it any more.
  private mutating func findStrays() {
    strays = [:]
    for lane in log.entries.keys where !lane.group.isOwn {
      guard integrations[lane.destination] != nil else { continue }
      for alert in log.told(lane)?.firing ?? []
      where !homes.takes(alert.labels, to: lane.destination.receiver) {
        let id = GroupID.stray(lane.group, receiver: lane.destination.receiver)
        strays[alert.fingerprint, default: []].insert(id)
      }
    }
  }
}
