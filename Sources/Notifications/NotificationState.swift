import PromQL
package import Signals

/// From alerts to messages that surely arrive: groups decide what to send and why, the log knows
/// what was told to whom, the outbox tries until a message has arrived or is given up.
///
/// Total, synchronous, deterministic; owned by one thread. Its owner, after any call, starts
/// `takeOrders`, hands `takeChanges` to the journal, and calls `attend` at `nextWake`.
package struct NotificationState: Sendable {
  let agentID: String
  let limits: NotificationLimits
  var settings = NotificationSettings()
  var grouping = Grouping(.labels([]))
  /// Of the route's receiver.
  var destinations: [(Destination, WebhookSettings)] = []
  /// Of every receiver.
  var webhooks: [Destination: WebhookSettings] = [:]

  /// By the groups' labels.
  var groups: [LabelSet: AlertGroup] = [:]
  var log: NotificationLog
  var outbox = Outbox()
  var agenda = Agenda()
  var unsaved = UnsavedChanges()
  var nextMessage: UInt64
  var counts = NotificationFigures()
  var perDestination: [Destination: NotificationFigures.PerDestination] = [:]
  /// Before that, an alert that no group has may still be handed over.
  var adoptFrom = MonotonicInstant(nanoseconds: .min)
  /// Restored, until the first configuration says where they go.
  private(set) var restored: [NotificationMessage]?

  /// Nothing is sent before the first `configure`. Alerts that fire should be handed over within
  /// `restoredGrace` of it: those that are not, and that somebody was told of, count as resolved.
  package init(
    restoring contents: NotificationContents, agentID: String, limits: NotificationLimits
  ) {
    self.agentID = agentID
    self.limits = limits
    log = NotificationLog(contents.log, limit: limits.logEntries)
    restored = contents.messages.sorted { $0.number < $1.number }
    nextMessage = max(1, contents.nextMessage, (restored?.last?.number ?? 0).addingSaturating(1))
  }

  /// Groups and the log are made anew by the route's labels; groups that have waited long enough
  /// are flushed at once. The same settings again change nothing.
  package mutating func configure(_ settings: NotificationSettings, at now: Now) {
    guard restored != nil || settings != self.settings else { return }
    self.settings = settings
    grouping = Grouping(settings.route?.groupBy ?? .labels([]))
    arrangeDestinations()
    if let messages = restored { restore(messages, at: now) }
    endMessagesOfRemovedReceivers(at: now)
    if settings.route != nil {
      log.regroup(by: grouping)
      outbox.regroup(by: grouping)
    }
    let alerts = groups.values.flatMap(\.alerts.values).sorted { $0.labels < $1.labels }
    groups = [:]
    for alert in alerts { insert(alert, at: now) }
    adoptFrom = now.monotonic.advanced(by: limits.restoredGrace)
    agenda.insert(.adoptAll, at: adoptFrom)
    attend(at: now)
  }

  private mutating func arrangeDestinations() {
    webhooks = [:]
    destinations = []
    for receiver in settings.receivers {
      for (index, webhook) in receiver.webhooks.enumerated() {
        let destination = Destination(receiver: receiver.name, integration: index)
        webhooks[destination] = webhook
        if receiver.name == settings.route?.receiver { destinations.append((destination, webhook)) }
        if perDestination[destination] == nil {
          perDestination[destination] = .init(destination: destination)
        }
      }
    }
    perDestination = perDestination.filter { webhooks[$0.key] != nil }
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
    for lane in outbox.lanes.keys.sorted() where webhooks[lane.destination] == nil {
      while let first = outbox.first(lane) {
        let inFlight = outbox.lanes[lane]?.deadline != nil
        end(lane, as: .failed(.receiverRemoved), maybe: first.mayHaveArrived || inFlight, at: now)
      }
    }
  }

  /// An evaluation hands over what fires and what has ended; the same again does no harm. Of one
  /// alert, the newest counts. What fires does so until it is handed over as resolved.
  package mutating func take(_ alerts: [Alert], at now: Now) {
    guard settings.route != nil else { return }
    for alert in alerts {
      if let bounded = alert.bounded(by: limits) {
        insert(bounded, at: now)
      } else {
        counts.alertsRefused[.labels, default: 0] += 1
      }
    }
    attend(at: now)
  }

  /// Does what is due: flushes, retries, expiry.
  package mutating func attend(at now: Now) {
    while let item = agenda.popDue(at: now.monotonic) {
      switch item {
      case .flush(let labels): flush(labels, at: now)
      case .lane(let lane): attend(lane, at: now)
      case .adopt(let lane): adopt(lane, at: now)
      case .adoptAll: adoptAll(at: now)
      case .sweep: sweep(at: now)
      }
    }
    if log.isCrowded { sweepLog(at: now) }
  }

  /// When `attend` is to be called at the latest; there may be nothing to do then.
  package var nextWake: MonotonicInstant? { agenda.next }

  static let sweepInterval: Duration = .seconds(3600)

  private mutating func sweep(at now: Now) {
    sweepLog(at: now)
    adoptAll(at: now)
    agenda.insert(.sweep, at: now.monotonic.advanced(by: Self.sweepInterval))
  }

  private mutating func sweepLog(at now: Now) {
    let inUse = Set(groups.values.map(\.key))
    let outbox = outbox
    log.sweep(
      before: now.wall.advanced(by: .zero - limits.logRetention), limit: limits.logEntries
    ) { !inUse.contains($0.group) && !outbox.isWaiting($0) }
  }
}
