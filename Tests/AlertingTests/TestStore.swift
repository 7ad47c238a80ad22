import Alerting
import PromQL
import Signals
import Templates

/// What rules read and write in these tests.
struct TestStore: RuleStore {
  var memory = MemorySource()
  private var last: [RuleKey: Set<LabelSet>] = [:]

  var samples: any SampleSource { memory }

  mutating func write(_ result: [RuleSample], of rule: RuleKey, at time: Timestamp) {
    for sample in result {
      memory.append(sample.labels, time: time.milliseconds, value: sample.value)
    }
    let now = Set(result.map(\.labels))
    for gone in last[rule, default: []].subtracting(now) {
      memory.append(gone, time: time.milliseconds, value: StaleMarker.value)
    }
    last[rule] = now
  }

  /// The value that an instant query gives; `nil` when there is none.
  func value(_ text: String, at seconds: Int64) throws -> Double? {
    try values(text, at: seconds).first?.sample.value
  }

  func values(_ text: String, at seconds: Int64) throws -> [VectorElement] {
    let query = try Query(Expression(parsing: text))
    guard case .vector(let elements) = try query.evaluate(at: seconds * 1000, over: samples).value
    else { return [] }
    return elements
  }
}

extension Rule {
  static func alert(
    _ name: String, _ expression: String, hold: Duration = .zero, keep: Duration = .zero,
    labels: [String: String] = [:], annotations: [String: String] = [:]
  ) throws -> Rule {
    var settings = Alerting()
    settings.holdDuration = hold
    settings.keepFiringFor = keep
    settings.labels = try templates(labels)
    settings.annotations = try templates(annotations)
    return Rule(
      name: name, expression: try Expression(parsing: expression),
      labels: labels.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) },
      kind: .alerting(settings))
  }

  static func record(
    _ name: String, _ expression: String, labels: [String: String] = [:]
  ) throws -> Rule {
    Rule(
      name: name, expression: try Expression(parsing: expression),
      labels: labels.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) },
      kind: .recording)
  }

  private static func templates(_ texts: [String: String]) throws -> [TemplatedLabel] {
    try texts.sorted { $0.key < $1.key }.map {
      TemplatedLabel(
        name: $0.key, text: $0.value, template: try Template(parsing: $0.value, name: "test"))
    }
  }
}

extension RuleGroup {
  init(_ name: String = "g", interval: Duration = .seconds(60), limit: Int = 0, _ rules: Rule...) {
    self.init(file: "rules.yml", name: name, interval: interval, limit: limit, rules: rules)
  }
}

extension RuleEnvironment {
  init() { self.init(engine: EngineOptions()) }
}

extension Timestamp {
  init(seconds: Int64) { self.init(milliseconds: seconds * 1000) }
}
