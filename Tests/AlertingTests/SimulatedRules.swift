import Alerting
import PromQL
import Signals
import TestSupport

/// Rules of every kind over `x{i="0"}` and its like, drawn from a seed.
struct SimulatedRules {
  static let instances = 4
  static let variants = 4

  private let variants: [[RuleGroup]]

  init(_ random: inout SeededRandom) throws {
    func duration(_ seconds: [Int]) -> Duration {
      .seconds(seconds.randomElement(using: &random) ?? 0)
    }
    let holds = (0..<4).map { _ in duration([0, 0, 60, 900]) }
    let keeps = (0..<4).map { _ in duration([0, 0, 120]) }
    let limit = [0, 0, 3].randomElement(using: &random) ?? 0
    let each = try Rule.alert("Each", "x == 1", hold: holds[0], keep: keeps[0])
    let values = try Rule.alert(
      "Value", "y > 0", hold: holds[1], keep: keeps[1], labels: ["count": "{{ $value }}"])
    let several = try Rule.alert(
      "Several", "count(ALERTS{alertname=\"Each\",alertstate=\"firing\"}) > 1", hold: holds[2])
    let fragile = try Rule.alert(
      "Fragile", "x == on () group_left () z", hold: holds[3], keep: keeps[3],
      annotations: ["summary": "{{ $labels.i }} is {{ $value }}"])
    let sum = try Rule.record("y", "sum(x)")
    func group(_ name: String, _ interval: Duration, _ rules: [Rule]) -> RuleGroup {
      RuleGroup(
        file: "f", name: name, interval: interval, limit: name == "a" ? limit : 0, rules: rules)
    }
    let interval = duration([30, 60])
    var late = group("late", .seconds(60), [fragile])
    late.queryOffset = duration([0, 10])
    let whole = [
      group("a", interval, [each]), group("b", .seconds(60), [sum, values, several]), late,
    ]
    let longer = try Rule.alert("Each", "x == 1", hold: .seconds(1200), keep: keeps[0])
    variants = [
      whole,
      // Rules that are gone, moved or changed.
      [group("a", interval, [each]), group("b", .seconds(60), [sum, several])],
      [group("c", .seconds(30), [fragile, each, sum]), group("b", .seconds(60), [values])],
      [group("a", interval, [longer])] + whole.dropFirst(),
    ]
  }

  func groups(_ variant: Int) -> [RuleGroup] { variants[variant % Self.variants] }
}
