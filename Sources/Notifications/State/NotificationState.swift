package import Signals

/// From alerts to messages that surely arrive: routes and groups decide what to send and why, the
/// log knows what was told to whom, the outbox tries until a message has arrived or is given up.
///
/// Total, synchronous, deterministic; owned by one thread. Its owner, after any call, starts
/// `takeOrders`, hands `takeChanges` to the journal, and calls `attend` at `nextWake`.
package struct NotificationState: Sendable {
  let agentID: String
  let limits: NotificationLimits
  let zone: @Sendable (String) -> TimeZoneRules?
  var settings = NotificationSettings()
  /// `nil`: nobody is told anything.
  var tree: RoutingTree?
  var homes = Homes(nil)
  /// Of every receiver.
  var integrations: [Destination: Integration] = [:]
  /// By receiver, in order.
  var destinations: [String: [Destination]] = [:]
  /// Destinations that routes tell, which share the outbox; at least 1.
  var shares = 1
  var gates: [Destination: DestinationGate] = [:]
  var pushes: [AlertmanagerPush] = []

  var groups: [GroupID: AlertGroup] = [:]
  /// Alerts that somebody was told of in a group that no route makes any more, by fingerprint.
  var strays: [UInt64: Set<GroupID>] = [:]
  var inhibitor = Inhibitor()
  var silences: Silences
  var log: NotificationLog
  var outbox = Outbox()
  var agenda = Agenda()
  var unsaved = UnsavedChanges()
  /// Messages that were sent again by hand, whose end the journal may not know yet.
  var redelivered: Set<UInt64> = []
  var nextMessage: UInt64
  var nextPush: UInt64 = 1
  var counts = NotificationFigures()
  var perDestination: [Destination: NotificationFigures.PerDestination] = [:]
  /// What flushes have decided since this was taken last; bounded.
  var flushes: [FlushRecord] = []
  /// What has come to nothing since this was taken last; bounded.
  var notes: [DeliveryNote] = []
  /// Before that, an alert that no group has may still be handed over.
  var adoptFrom = MonotonicInstant(nanoseconds: .min)
  /// Restored, until the first configuration says where they go.
  var restored: [NotificationMessage]?

  /// Nothing is sent before the first `configure`. Alerts that fire should be handed over within
  /// `restoredGrace` of it: those that are not, and that somebody was told of, count as resolved.
  package init(
    restoring contents: NotificationContents, agentID: String, limits: NotificationLimits,
    zone: @escaping @Sendable (String) -> TimeZoneRules? = { _ in nil }
  ) {
    self.agentID = agentID
    self.limits = limits
    self.zone = zone
    silences = Silences(agentID: agentID, restored: contents.silences)
    log = NotificationLog(contents.log, limit: limits.logEntries)
    restored = contents.messages.sorted { $0.number < $1.number }
    nextMessage = max(1, contents.nextMessage, (restored?.last?.number ?? 0).addingSaturating(1))
    counts.deadLetters = contents.deadLetters
  }

  /// An evaluation hands over what fires and what has ended; the same again does no harm. Of one
  /// alert, the newest counts. What fires does so until it is handed over as resolved.
  package mutating func take(_ alerts: [Alert], at now: Now) {
    guard tree != nil || !pushes.isEmpty else { return }
    for alert in alerts {
      if let bounded = alert.bounded(by: limits) {
        insert(bounded, at: now)
        for index in pushes.indices { pushes[index].take(bounded) }
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
      case .flush(let id): flush(id, at: now)
      case .lane(let lane): attend(lane, at: now)
      case .adopt(let lane): adopt(lane, at: now)
      case .adoptAll: adoptAll(at: now)
      case .sweep: sweep(at: now)
      case .failing(let destination): tellOfFailing(destination, at: now)
      case .orders: break
      }
    }
    if log.isCrowded { sweepLog(at: now) }
  }

  /// When `attend` and `takeOrders` are to be called at the latest; there may be nothing to do.
  package var nextWake: MonotonicInstant? {
    ([agenda.next] + pushes.map(\.due)).compactMap { $0 }.min()
  }

  static let sweepInterval: Duration = .seconds(3600)

  var renderingContext: RenderingContext {
    RenderingContext(
      externalURL: settings.externalURL, templates: settings.templates,
      bytesMax: limits.bodyBytes, zone: zone)
  }

  private mutating func sweep(at now: Now) {
    sweepLog(at: now)
    silences.collectGarbage(at: now.wall)
    forgetFailing(at: now)
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
