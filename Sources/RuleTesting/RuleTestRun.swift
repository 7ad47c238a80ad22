import Alerting
import PromQL
import Signals

/// One test: its samples, its rules, and the clock that both go by.
struct RuleTestRun {
  /// What a test may cost. What is beyond is a failure.
  private enum Limit {
    static let evaluations: Int64 = 5_000_000
    static let samples = 50_000_000
  }

  private let test: RuleTest
  private let interval: Duration
  private let isFuzzy: Bool
  private let showsDifferences: Bool
  private let seriesInterval: Duration
  private let environment: RuleEnvironment
  private var groups: [RunningGroup]
  private var store = RuleTestStore()

  init(
    _ test: RuleTest, in file: RuleTestFile, groups: [RuleGroup], _ options: RuleTestOptions
  ) {
    self.test = test
    interval = max(file.evaluationInterval, .milliseconds(1))
    isFuzzy = file.isFuzzy
    showsDifferences = options.showsDifferences
    seriesInterval = test.interval ?? interval
    var engine = EngineOptions()
    engine.subqueryStep = interval.wholeMilliseconds
    environment = RuleEnvironment(
      engine: engine, externalLabels: test.externalLabels, externalURL: test.externalURL)
    self.groups = zip(groups, RuleKey.keys(of: groups)).map { RunningGroup($0, keys: $1) }
  }

  /// Runs the test to its end, or to the first evaluation in which a rule fails.
  mutating func failures() -> [String] {
    do throws(RuleTestFailure) {
      try checkForm()
      var input = try TestInput(test, every: seriesInterval)
      let ticks = interval.count(within: test.lastTime)
      guard ticks <= Limit.evaluations else {
        throw RuleTestFailure(
          "    evaluation_interval: \(GoText.time(interval)), last eval_time: "
            + "\(GoText.time(test.lastTime)), err: more than \(Limit.evaluations) evaluations")
      }
      var failures: [String] = []
      var checks = test.alertChecks.inOrderOfTime[...]
      for tick in 0...ticks {
        let time = interval * Int(tick)
        try evaluate(at: time, with: &input, &failures)
        while let check = checks.first, check.time < time + interval {
          failures += difference(from: check).map { [$0] } ?? []
          checks.removeFirst()
        }
      }
      return failures + test.expressionChecks.compactMap { self.failure(of: $0) }
    } catch {
      return error.texts
    }
  }

  /// What cannot be run at all.
  private func checkForm() throws(RuleTestFailure) {
    if let check = test.alertChecks.first(where: { $0.alertName.isEmpty }) {
      let place = test.name.isEmpty ? "" : " (in TestGroup \(test.name))"
      throw RuleTestFailure(
        "an item under alert_rule_test misses required attribute alertname at eval_time "
          + GoText.time(check.time) + place)
    }
    let histogram = test.expressionChecks.first { $0.samples.contains(where: \.isHistogram) }
    if let histogram { throw .histogram(in: "expr: \(histogram.expression.quoted)") }
  }

  /// One evaluation of all groups over the samples so far.
  private mutating func evaluate(
    at time: Duration, with input: inout TestInput, _ failures: inout [String]
  ) throws(RuleTestFailure) {
    let now = test.start.advanced(by: time)
    if let refusal = input.load(through: now, into: &store.memory) { failures.append(refusal) }
    var failed: [String] = []
    for index in groups.indices {
      _ = groups[index].evaluate(at: now, over: &store, environment)
      for (status, key) in zip(groups[index].status.rules, groups[index].keys) {
        let error = status.health == .err ? status.lastError : store.refusals[key]?.rawValue
        guard let error else { continue }
        failed.append(
          "    rule: \(status.rule.name), time: \(GoText.duration(time)), err: \(error)")
      }
    }
    if !failed.isEmpty { throw RuleTestFailure(failures + failed) }
    guard store.memory.sampleCount <= Limit.samples else {
      let text = "    time: \(GoText.duration(time)), err: more than \(Limit.samples) samples"
      throw RuleTestFailure(failures + [text])
    }
  }

  /// All samples at the end of the test, as promtool prints them.
  var dump: String {
    let end = (test.lastTime + .seconds(1)).components.seconds
    return
      "DEBUG: Dump of all data (input_series and rules) at \(GoText.duration(.seconds(end))):\n"
      + store.memory.dump
  }
}

// MARK: - Checks

extension RuleTestRun {
  private func difference(from check: AlertCheck) -> String? {
    var firing: [AlertFace] = []
    for group in groups {
      for status in group.status.rules
      where status.rule.isAlerting && status.rule.name == check.alertName {
        firing += status.alerts.filter { $0.state == .firing }.map(AlertFace.init)
      }
    }
    let comparison = AlertComparison(check, with: firing)
    if comparison.isEqual { return nil }
    let name = test.name.isEmpty ? "" : "    name: \(test.name),\n"
    return name + "    alertname: \(check.alertName), time: \(GoText.time(check.time)), \n"
      + (showsDifferences ? comparison.differences : comparison.text)
  }

  private func failure(of check: ExpressionCheck) -> String? {
    let place = "    expr: \(check.expression.quoted), time: \(GoText.time(check.time)),"
    do throws(RuleTestFailure) {
      let elements = try elements(of: check)
      let comparison = try SampleComparison(check, with: elements, isFuzzy: isFuzzy)
      if comparison.isEqual { return nil }
      return "\(place)\n" + (showsDifferences ? comparison.differences : comparison.text)
    } catch {
      return "\(place) err: \(error.texts.joined(separator: "; "))"
    }
  }

  private func elements(of check: ExpressionCheck) throws(RuleTestFailure) -> [VectorElement] {
    let value: QueryValue
    do {
      let query = try Query(Expression(parsing: check.expression), options: environment.engine)
      let time = test.start.advanced(by: check.time).milliseconds
      value = try query.evaluate(at: time, over: store.memory).value
    } catch {
      throw RuleTestFailure("\(error)")
    }
    switch value {
    case .vector(let elements): return elements
    case .scalar(let sample): return [VectorElement(labels: .empty, sample: sample)]
    case .string, .matrix: throw RuleTestFailure("rule result is not a vector or scalar")
    }
  }
}

/// Why a test cannot go on.
struct RuleTestFailure: Error {
  var texts: [String]

  init(_ text: String) { texts = [text] }
  init(_ texts: [String]) { self.texts = texts }

  static func histogram(in what: String) -> Self {
    Self("    \(what), err: native histograms are not supported")
  }
}

extension Duration {
  /// How often it fits into another one; both are whole milliseconds.
  fileprivate func count(within other: Duration) -> Int64 {
    other.wholeMilliseconds / max(1, wholeMilliseconds)
  }
}

extension RuleTest {
  /// The latest time of a check.
  var lastTime: Duration {
    max(alertChecks.map(\.time).max() ?? .zero, expressionChecks.map(\.time).max() ?? .zero)
  }
}

extension [AlertCheck] {
  fileprivate var inOrderOfTime: [AlertCheck] {
    enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }.map(\.element)
  }
}
