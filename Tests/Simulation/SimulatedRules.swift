import Alerting
import PromQL
import Signals
import Templates

/// Rules over the agent's own series, of every kind that a rule file has.
enum SimulatedRules {
  /// `count` rules in groups of ten; beyond the first ones they are the same with other thresholds.
  static func groups(_ count: Int, every interval: Duration) throws -> [RuleGroup] {
    let rules = try (0..<count).map { try (kinds[$0 % kinds.count].topic, rule($0)) }
    return Topic.allCases.compactMap { topic in
      let its = rules.filter { $0.0 == topic }.map(\.1)
      guard !its.isEmpty else { return nil }
      return RuleGroup(file: "rules.yml", name: topic.rawValue, interval: interval, rules: its)
    }
  }

  /// A group of rules each: those that read the same.
  private enum Topic: String, CaseIterable { case state, history, probes, agent }

  /// An alert without `for` whose expression is about what is now: it fires if and only if.
  static let isDown = "IsDown"

  private static func rule(_ number: Int) throws -> Rule {
    let round = number / kinds.count
    let kind = kinds[number % kinds.count]
    let name = round == 0 ? kind.name : "\(kind.name)\(round)"
    let expression = try Expression(parsing: kind.text(round))
    guard kind.isAlert else {
      return Rule(name: name, expression: expression, labels: [], kind: .recording)
    }
    var settings = Rule.Alerting()
    settings.holdDuration = .seconds(kind.hold)
    settings.keepFiringFor = .seconds(kind.keep)
    settings.labels = [try templated("severity", "warning")]
    settings.annotations = [try templated("summary", "{{ $labels.mcp }} is at {{ $value }}")]
    return Rule(
      name: name, expression: expression, labels: [Label(name: "severity", value: "warning")],
      kind: .alerting(settings))
  }

  private static func templated(_ name: String, _ text: String) throws -> TemplatedLabel {
    TemplatedLabel(name: name, text: text, template: try Template(parsing: text, name: name))
  }

  private struct Kind: Sendable {
    var topic: Topic
    var name: String
    var isAlert = true
    var hold = 0
    var keep = 0
    /// By the round, which makes a threshold of its own.
    var text: @Sendable (Int) -> String
  }

  /// As in the rule pack, half of them are about the agent itself.
  private static let kinds: [Kind] = [
    Kind(topic: .state, name: isDown) { "mcp_up == 0" + ($0 > 0 ? " and on () vector(1)" : "") },
    Kind(topic: .state, name: "CircuitOpen") { _ in
      "mcp_health_status{status=\"circuit_open\"} == 1"
    },
    Kind(topic: .state, name: "Down", hold: 120) { _ in "mcp_up == 0" },
    Kind(topic: .state, name: "up_count", isAlert: false) { _ in "sum(mcp_up)" },
    Kind(topic: .state, name: "SomeDown", hold: 60, keep: 60) {
      "up_count < on () count(mcp_up) * 0.\(9 - $0)"
    },
    Kind(topic: .probes, name: "Failing") {
      "increase(mcp_probes_total{outcome!=\"ok\"}[5m]) > \(3 + $0)"
    },
    Kind(topic: .agent, name: "JournalFails") {
      "increase(breakwater_journal_failures_total[5m]) > \($0)"
    },
    Kind(topic: .agent, name: "Watchdog") { "vector(\($0 + 1))" },
    Kind(topic: .history, name: "availability", isAlert: false) {
      "avg_over_time(mcp_up[\(10 + $0)m])"
    },
    Kind(topic: .history, name: "Unavailable", hold: 60) { "availability < 0.\(5 - $0)" },
    Kind(topic: .history, name: "Flapping", keep: 120) { "changes(mcp_up[10m]) > \(4 + $0)" },
    Kind(topic: .probes, name: "Slow", hold: 120) {
      "histogram_quantile(0.95, rate(mcp_probe_duration_seconds_bucket[10m])) > \(2 + $0) "
        + "and mcp_up == 1"
    },
    Kind(topic: .state, name: "ManyFire") {
      "count(ALERTS{alertname=\"IsDown\",alertstate=\"firing\"}) > \(1 + $0)"
    },
    Kind(topic: .probes, name: "Stale") {
      "time() - mcp_last_probe_timestamp_seconds > \(600 + $0)"
    },
    agent("Restarts", "breakwater_coordinator_restarts_total", "5m"),
    agent("Skipped", "breakwater_probes_skipped_total", "10m"),
    agent("EventsDropped", "breakwater_journal_events_dropped_total", "15m"),
    agent("SamplesDropped", "breakwater_head_samples_dropped_total", "15m"),
    agent("RulesFail", "breakwater_rule_evaluation_failures_total", "5m"),
    agent("SlotsMissed", "breakwater_rule_group_iterations_missed_total", "5m"),
    agent("MessagesFail", "breakwater_notifications_failed_total", "15m"),
    agent("TriesFail", "breakwater_notification_tries_failed_total", "15m"),
    agent("StaleReports", "breakwater_probe_reports_stale_total", "15m"),
    Kind(topic: .agent, name: "QueueLong") {
      "breakwater_notification_queue_length > \(100 + $0)"
    },
    Kind(topic: .agent, name: "ManySeries") { "breakwater_head_series > \(400_000 + $0)" },
  ]

  private static func agent(_ name: String, _ counter: String, _ window: String) -> Kind {
    Kind(topic: .agent, name: name) { "increase(\(counter)[\(window)]) > \($0)" }
  }
}
