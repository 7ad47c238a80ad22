import PromQL
import RuleTesting
import Signals

/// Makes a test file's value of its tree, and reports what is wrong with it.
struct RuleTestsReader {
  /// Longest text: of series, values and expressions.
  private static let textLimit = 1 << 20

  let findings: Findings
  let ignoresUnknownFields: Bool

  func read(_ root: Node) -> RuleTestFile {
    var file = RuleTestFile()
    guard let fields = RuleFields(root, path: "", findings: findings) else { return file }
    checkKeys(
      fields,
      ["rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests"])
    file.ruleFiles = texts(fields, "rule_files")
    file.evaluationInterval = interval(fields, "evaluation_interval") ?? file.evaluationInterval
    file.groupOrder = texts(fields, "group_eval_order")
    file.isFuzzy = flag(fields, "fuzzy_compare") ?? false
    file.tests = fields.items("tests").enumerated().compactMap { index, node in
      test(node, "tests[\(index)]")
    }
    return file
  }

  private func test(_ node: Node, _ path: String) -> RuleTest? {
    guard let fields = RuleFields(node, path: path, findings: findings) else { return nil }
    checkKeys(
      fields,
      [
        "name", "interval", "input_series", "start_timestamp", "external_labels", "external_url",
        "alert_rule_test", "promql_expr_test",
      ])
    var test = RuleTest()
    test.name = text(fields, "name")
    test.interval = interval(fields, "interval")
    test.start = start(fields) ?? test.start
    test.externalLabels = labels(fields, "external_labels")
    test.externalURL = text(fields, "external_url")
    test.series = items(fields, "input_series") { fields in
      checkKeys(fields, ["series", "values"])
      return RuleTest.InputSeries(series: text(fields, "series"), values: text(fields, "values"))
    }
    test.alertChecks = items(fields, "alert_rule_test") { alertCheck($0) }
    test.expressionChecks = items(fields, "promql_expr_test") { expressionCheck($0) }
    return test
  }

  private func alertCheck(_ fields: RuleFields) -> AlertCheck {
    checkKeys(fields, ["eval_time", "alertname", "exp_alerts"])
    var check = AlertCheck()
    check.time = duration(fields, "eval_time") ?? .zero
    check.alertName = text(fields, "alertname")
    check.alerts = items(fields, "exp_alerts") { fields in
      checkKeys(fields, ["exp_labels", "exp_annotations"])
      return AlertFace(
        labels: labels(fields, "exp_labels"), annotations: labels(fields, "exp_annotations"))
    }
    return check
  }

  private func expressionCheck(_ fields: RuleFields) -> ExpressionCheck {
    checkKeys(fields, ["expr", "eval_time", "exp_samples"])
    var check = ExpressionCheck()
    check.expression = text(fields, "expr")
    check.time = duration(fields, "eval_time") ?? .zero
    check.samples = items(fields, "exp_samples") { fields in
      checkKeys(fields, ["labels", "value", "histogram"])
      return ExpressionCheck.ExpectedSample(
        labels: text(fields, "labels"), value: number(fields, "value") ?? 0,
        isHistogram: !text(fields, "histogram").isEmpty)
    }
    return check
  }
}

// MARK: - Values

extension RuleTestsReader {
  private func checkKeys(_ fields: RuleFields, _ known: [String]) {
    if !ignoresUnknownFields { fields.reportKeys(otherThan: known) }
  }

  private func items<Item>(
    _ fields: RuleFields, _ key: String, _ read: (RuleFields) -> Item
  ) -> [Item] {
    fields.items(key).enumerated().compactMap { index, node in
      let path = "\(fields.path).\(key)[\(index)]"
      return RuleFields(node, path: path, findings: findings).map(read)
    }
  }

  private func text(_ fields: RuleFields, _ key: String) -> String {
    fields.text(key, atMost: Self.textLimit)
  }

  private func texts(_ fields: RuleFields, _ key: String) -> [String] {
    fields.items(key).enumerated().compactMap { index, node in
      if node.isGoNull { return "" }
      if case .scalar(let text, _) = node.content { return text }
      fields.report("\(key)[\(index)]: expected text", at: node.place)
      return nil
    }
  }

  private func labels(_ fields: RuleFields, _ key: String) -> [Label] {
    fields.texts(key).compactMap { entry in
      fields.text(of: entry, atMost: Self.textLimit).map { Label(name: entry.key, value: $0) }
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private func flag(_ fields: RuleFields, _ key: String) -> Bool? {
    guard let entry = fields.entry(key) else { return nil }
    return Value(node: entry.value, path: key, context: Context(findings: findings, directory: ""))
      .flag()
  }

  /// A duration of up to 292 years, as Prometheus has them.
  private func duration(_ fields: RuleFields, _ key: String) -> Duration? {
    guard let entry = fields.entry(key), let text = fields.text(of: entry, atMost: 1024) else {
      return nil
    }
    do throws(LiteralError) {
      return .milliseconds(try LiteralText.duration(text) / 1_000_000)
    } catch {
      fields.report("\(key): \(error.message)", at: entry.value.place)
      return nil
    }
  }

  /// A duration that is not zero; zero is as good as none.
  private func interval(_ fields: RuleFields, _ key: String) -> Duration? {
    duration(fields, key).flatMap { $0 > .zero ? $0 : nil }
  }

  private func number(_ fields: RuleFields, _ key: String) -> Double? {
    guard let entry = fields.entry(key) else { return nil }
    if case .scalar(let text, isPlain: true) = entry.value.content,
      let number = YAMLNumber.value(of: text)
    {
      return number
    }
    fields.report("\(key): expected a number", at: entry.value.place)
    return nil
  }

  /// Seconds since the epoch, or a date and time.
  private func start(_ fields: RuleFields) -> Timestamp? {
    guard let entry = fields.entry("start_timestamp"),
      let text = fields.text(of: entry, atMost: 64)
    else { return nil }
    if let seconds = YAMLNumber.value(of: text), let instant = Timestamp(unixSeconds: seconds) {
      return instant
    }
    if let instant = RFC3339.timestamp(text) { return instant }
    fields.report(
      "start_timestamp: expected seconds since 1970 or a time such as 2026-11-24T10:00:00Z",
      at: entry.value.place)
    return nil
  }
}

extension Timestamp {
  /// Within ten thousand years of the epoch; `nil` beyond.
  fileprivate init?(unixSeconds: Double) {
    guard abs(unixSeconds) <= 315_576_000_000,
      let milliseconds = Int64(exactly: (unixSeconds * 1000).rounded())
    else { return nil }
    self.init(milliseconds: milliseconds)
  }
}
