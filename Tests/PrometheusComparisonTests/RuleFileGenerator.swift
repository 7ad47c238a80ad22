import TestSupport

/// Rules, series for them and checks without expectations: the same from the
/// same seed.
///
/// All times are multiples of 40 s, while 5 minutes and all windows are not, so that nothing lies
/// on the edge of a window, which 2.x and 3.x take otherwise. No label's template gives nothing:
/// ALERTS of Prometheus then has the template's text.
struct RuleFileGenerator {
  struct Check {
    var isAlert: Bool
    /// Of an alert, or an expression.
    var text: String
    var seconds: Int
  }

  private var random: SeededRandom
  private var recorded: [String] = []
  private var alerts: [String] = []
  private var groups: [String] = []
  private(set) var rules = ""

  private static let metrics = ["m0", "m1", "m2"]
  private static let windows = ["50s", "1m50s", "2m10s", "5m10s", "11m30s"]

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    rules = "groups:\n"
    for number in 0..<pick([1, 2, 3]) { addGroup("g\(number)") }
  }

  mutating func percent() -> Int { Int.random(in: 0..<100, using: &random) }
  mutating func chance(_ percent: Int) -> Bool { self.percent() < percent }
  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  // MARK: Rules

  private mutating func addGroup(_ name: String) {
    groups.append(name)
    rules += "  - name: \(name)\n"
    if chance(15) { rules += "    limit: \(number(3...12))\n" }
    rules += "    rules:\n"
    for _ in 0..<number(1...5) { rules += chance(45) ? recording() : alert() }
  }

  private mutating func recording() -> String {
    let name = "r\(recorded.count)"
    var text = "      - record: \(name)\n        expr: \(expression(2).yaml)\n"
    if chance(35) { text += "        labels: {\(pick(["kind: a", "kind: b", "job: web"]))}\n" }
    recorded.append(name)
    return text
  }

  private mutating func alert() -> String {
    let name = alerts.isEmpty || chance(80) ? "A\(alerts.count)" : pick(alerts)
    let compared = "\(expression(2)) \(pick([">", "<", ">=", "!=", "=="])) \(number(-1...6))"
    var text = "      - alert: \(name)\n        expr: \(compared.yaml)\n"
    if chance(60) { text += "        for: \(pick(["1s", "20s", "40s", "2m", "3m20s", "5m"]))\n" }
    if chance(30) { text += "        keep_firing_for: \(pick(["20s", "1m", "4m"]))\n" }
    if chance(70) {
      let i = chance(3) ? ", i: \"i-{{ $labels.job }}\"" : ""
      text += "        labels: {severity: \(("s" + template()).yaml)\(i)}\n"
    }
    if chance(80) {
      text += "        annotations: {summary: \(template().yaml), at: \(template().yaml)}\n"
    }
    alerts.append(name)
    return text
  }

  private mutating func template() -> String {
    pick([
      "page", "{{ $labels.job }}/{{ $labels.i }}", "{{ $value }}", "v{{ $value | humanize }}",
      "{{ printf \"%.2f of %s\" $value $labels.job }}", "{{ $value | humanizeDuration }}",
      "{{ if gt $value 3.0 }}high{{ else }}low{{ end }}", "{{ $labels.none }}",
      "{{ with query \"m0\" | sortByLabel \"i\" }}{{ len . }}{{ end }}",
      "{{ humanizePercentage $value }}", "{{ $labels.i | title }}",
      "{{ range query \"sum by (i) (m1)\" | sortByLabel \"i\" }}"
        + "{{ .Labels.i }}={{ .Value }} {{ end }}",
      "{{ $externalLabels.site }} {{ $externalURL }}", "{{ index $labels \"i\" | toUpper }}",
      "{{ define \"t\" }}<{{ .arg0 }}>{{ end }}{{ template \"t\" (args $value) }}",
      "{{ humanizeTimestamp $value }}", "{{ humanize1024 $value }} \"quoted\" \\ ü",
    ])
  }

  // MARK: Expressions

  private mutating func selector() -> String {
    if !recorded.isEmpty, chance(25) { return pick(recorded) + time() }
    if chance(6) { return "ALERTS" + pick(["", "{alertstate=\"firing\"}", "{alertname=\"A0\"}"]) }
    return metric() + time()
  }

  private mutating func metric() -> String {
    pick(Self.metrics)
      + pick(["", "", "", "{i=\"x\"}", "{job=~\"w.*\"}", "{i!=\"y\"}", "{i=~\"x|z\", job=\"db\"}"])
  }

  private mutating func time() -> String {
    pick(
      chance(80)
        ? [""] : [" offset 2m", " offset 40s", " @ 120", " offset -2m", " @ 320 offset 80s"])
  }

  mutating func expression(_ depth: Int) -> String {
    if depth == 0 { return selector() }
    let grouping = pick(["by (i)", "by (job)", "without (i)", "by (i, job)", ""])
    switch percent() {
    case ..<25: return selector()
    case ..<45:
      return "\(pick(["sum", "max", "min", "count"])) \(grouping) (\(expression(depth - 1)))"
    case ..<62:
      let function = pick(["sum", "max", "min", "count", "last", "present"])
      return "\(function)_over_time(\(metric())[\(pick(Self.windows))])"
    case ..<67: return "changes(\(metric())[\(pick(Self.windows))])"
    case ..<72: return "max_over_time((\(expression(depth - 1)))[\(pick(Self.windows)):])"
    case ..<82: return "(\(expression(depth - 1))) \(pick(["+", "*", "-"])) \(number(1...3))"
    case ..<88: return "\(pick(Self.metrics)) \(pick(["+", "-"])) on (i, job) \(pick(Self.metrics))"
    case ..<95:
      let word = pick(["and", "unless", "or"])
      return "(\(expression(depth - 1))) \(word) on (i) (\(expression(depth - 1)))"
    case ..<97: return "absent(\(metric()))"
    default: return "vector(\(number(0...5)))"
    }
  }

  // MARK: The test

  private mutating func values() -> String {
    (0..<number(2...6)).map { _ in
      let value = pick(["0", "1", "2", "3", "4.5", "-1", "7.25"])
      let token = pick(["\(value)", "\(value)+1x", "\(value)x", "_x", "stale", "\(value)-0.5x"])
      return token.hasSuffix("x") ? "\(token)\(number(1...9))" : token
    }.joined(separator: " ")
  }

  private mutating func series() -> [String] {
    var all: [String] = []
    for metric in Self.metrics {
      for i in ["x", "y", "z", "w"] {
        for job in ["web", "db"] { all.append("\(metric){i=\"\(i)\", job=\"\(job)\"}") }
      }
    }
    all.shuffle(using: &random)
    return Array(all.prefix(20))
  }

  /// The test file without its checks, and the checks.
  mutating func test() -> (head: String, checks: [Check]) {
    let interval = pick(["40s", "80s", "2m", "160s"])
    var head = "rule_files: [rules.yml]\nevaluation_interval: \(interval)\n"
    head += "group_eval_order: [\(groups.joined(separator: ", "))]\ntests:\n"
    head += "  - name: generated\n    interval: \(pick(["40s", "80s", "2m"]))\n"
    head += "    external_labels: {site: lab}\n    external_url: https://mon.example/x\n"
    head += "    input_series:\n"
    for name in series() {
      head += "      - {series: \(name.yaml), values: \(values().yaml)}\n"
    }
    var checks: [Check] = []
    for _ in 0..<8 {
      let name = alerts.isEmpty ? "None" : pick(alerts)
      checks.append(Check(isAlert: true, text: name, seconds: number(0...1200)))
    }
    for _ in 0..<10 {
      let text = chance(25) ? "ALERTS_FOR_STATE" : expression(2)
      checks.append(Check(isAlert: false, text: text, seconds: 40 * number(0...30)))
    }
    return (head, checks)
  }
}

extension String {
  /// In double quotes, as YAML reads it.
  var yaml: String {
    let escaped = replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
