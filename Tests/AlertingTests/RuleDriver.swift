import Alerting
import Notifications
import PromQL
import Signals

/// The owner of a `RuleSet`: its samples, its clock, and what came of it.
///
/// Times are seconds after the first slot of the first group, so that a test need not know the
/// hash.
struct RuleDriver {
  var rules: RuleSet
  var store = TestStore()
  var environment = RuleEnvironment()
  /// Alerts as a journal would have them.
  var journal = AlertTable()
  /// `60 +A/a` for each alert told: it fires; `-` for one that has ended.
  var told: [String] = []
  var alerts: [Alert] = []
  let zero: Timestamp

  init(_ groups: RuleGroup..., at seconds: Double = -1) {
    rules = RuleSet()
    let slots = groups.first.map { GroupSlots(group: $0.key, interval: $0.interval) }
    zero =
      slots?.next(after: Timestamp(seconds: 1_800_000_000)) ?? Timestamp(seconds: 1_800_000_000)
    configure(groups, at: seconds)
  }

  func time(_ seconds: Double) -> Timestamp { zero.advanced(by: .seconds(seconds)) }
  func seconds(_ time: Timestamp?) -> Double? { time.map { zero.duration(to: $0).inSeconds } }

  mutating func configure(_ groups: [RuleGroup], at seconds: Double) {
    take(rules.configure(groups, at: time(seconds), over: &store, environment), at: seconds)
  }

  /// The series `x{i="a"}` has this value from then on; `nil` ends it.
  mutating func set(
    _ instance: String, _ value: Double?, of name: String = "x", at seconds: Double
  ) {
    store.memory.append(
      ["__name__": name, "i": instance], time: time(seconds).milliseconds,
      value: value ?? StaleMarker.value)
  }

  /// A turn at this instant.
  mutating func turn(at seconds: Double) { turn(at: time(seconds)) }

  private mutating func turn(at time: Timestamp) {
    take(
      rules.evaluateDue(at: time, over: &store, environment),
      at: zero.duration(to: time).inSeconds)
  }

  /// Turns at each slot that there is up to this instant.
  mutating func run(to seconds: Double) {
    let end = time(seconds)
    while let due = rules.due, due <= end { turn(at: due) }
  }

  mutating func turnAtOnce(_ metrics: Set<String>?, at seconds: Double) {
    take(
      rules.evaluateAtOnce(
        changed: metrics, at: time(seconds), over: &store, environment), at: seconds)
  }

  /// The agent dies and begins again with what the journal has.
  mutating func restart(
    _ groups: RuleGroup..., at seconds: Double, restore: AlertRestore = AlertRestore(),
    quarantined: [String: String] = [:]
  ) {
    rules = RuleSet(restoring: journal.records, restore: restore, quarantined: quarantined)
    configure(groups, at: seconds)
  }

  /// `A/a firing` for each alert that is shown.
  var shown: [String] {
    rules.statuses.flatMap(\.rules).flatMap(\.alerts).map {
      "\(Self.name($0.labels)) \($0.state.rawValue)"
    }
  }

  var figures: [RuleGroupFigures] { rules.statuses.map(\.figures) }

  /// The value that an instant query gives; `nil` when there is none.
  func value(_ text: String, at seconds: Double) throws -> Double? {
    try values(text, at: seconds).first?.sample.value
  }

  func values(_ text: String, at seconds: Double) throws -> [VectorElement] {
    let query = try Query(Expression(parsing: text))
    let value = try query.evaluate(at: time(seconds).milliseconds, over: store.samples).value
    guard case .vector(let elements) = value else { return [] }
    return elements
  }

  private mutating func take(_ evaluation: GroupEvaluation, at seconds: Double) {
    journal.apply(changed: evaluation.changed, gone: evaluation.gone)
    alerts += evaluation.alerts
    told += evaluation.alerts.map {
      let at = seconds.rounded() == seconds ? "\(Int(seconds))" : "\(seconds)"
      return "\(at) \($0.isResolved ? "-" : "+")\(Self.name($0.labels))"
    }
  }

  static func name(_ labels: LabelSet) -> String {
    (labels["alertname"] ?? "") + (labels["i"].map { "/" + $0 } ?? "")
  }
}

/// What the journal's table of alerts holds.
struct AlertTable: Equatable {
  private(set) var rows: [AlertID: AlertRecord] = [:]

  var records: [AlertRecord] {
    rows.values.sorted { ($0.rule, $0.alert.labels) < ($1.rule, $1.alert.labels) }
  }

  mutating func apply(changed: [AlertRecord], gone: [AlertID]) {
    for record in changed {
      var kept = record
      kept.alert.lastSentAt = nil
      rows[record.id] = kept
    }
    for id in gone { rows[id] = nil }
  }
}
