import TestSupport

/// Well-typed expressions over the series of `SampleData`: the same from the same seed.
struct ExpressionGenerator {
  /// A vector expression with what its series are labelled with.
  struct Vector {
    var text: String
    var labels: [String]
    /// Needs no parentheses as an operand.
    var isAtom = true

    var operand: String { isAtom ? text : "(\(text))" }
  }

  var random: SeededRandom
  var world: MetricWorld
  /// How many more subqueries there may be within each other.
  var subqueries = 2

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    world = MetricWorld.all[0]
    world = pick(MetricWorld.all)
  }

  /// The question of a seed: an expression, and an instant or a range.
  static func question(seed: UInt64) -> Question {
    var generator = ExpressionGenerator(seed: seed)
    let tens = (SampleGrid.lastQuery - SampleGrid.firstQuery) / 10
    let time = SampleGrid.firstQuery + 10 * Int64.random(in: 0...tens, using: &generator.random)
    guard generator.chance(50) else {
      return Question(query: generator.anything(), times: .instant(time))
    }
    let step = generator.pick([10, 30, 60, 70, 310] as [Int64])
    let count = Int64.random(in: 1...12, using: &generator.random)
    let query = generator.chance(8) ? generator.scalar(2) : generator.vector(depth: 3).text
    return Question(
      query: query, times: .range(from: time, through: time + step * count, step: step))
  }

  mutating func anything() -> String {
    switch percent() {
    case ..<6: scalar(2)
    case ..<12: matrix(depth: 1, of: family())
    case 12: "\"a string with \\\"quotes\\\"\""
    case ..<20: ranked()
    default: vector(depth: 3).text
    }
  }

  // MARK: Chance

  mutating func percent() -> Int { Int.random(in: 0..<100, using: &random) }
  mutating func chance(_ percent: Int) -> Bool { self.percent() < percent }
  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }
  mutating func some<Value>(of values: [Value], _ percent: Int) -> [Value] {
    values.filter { _ in chance(percent) }
  }
  mutating func family() -> MetricFamily { pick(world.families) }
  mutating func family(_ kind: MetricFamily.Kind) -> MetricFamily {
    let families = world.families.filter { $0.kind == kind }
    return families.isEmpty ? family() : pick(families)
  }

  // MARK: Vectors

  mutating func vector(depth: Int) -> Vector {
    guard depth > 0 else { return selector() }
    switch percent() {
    case ..<10: return selector()
    case ..<32: return overTime(depth)
    case ..<46: return elementwise(depth)
    case ..<62: return aggregation(depth)
    case ..<72: return withScalar(depth)
    case ..<86: return withVector(depth)
    case ..<90: return relabelled(depth)
    case ..<94: return quantileOfBuckets(depth)
    case ..<97: return constant(depth)
    default:
      let inner = vector(depth: depth - 1)
      return Vector(text: pick(["-", "+"]) + inner.operand, labels: inner.labels, isAtom: false)
    }
  }

  mutating func selector() -> Vector {
    let family = family()
    return Vector(text: instant(family) + modifiers(), labels: family.labelNames)
  }

  /// `name{matchers}`
  mutating func instant(_ family: MetricFamily) -> String {
    let matchers = some(of: family.labels, 18).map { label in
      let value = pick(label.values)
      switch percent() {
      case ..<35: return "\(label.name)=\"\(value)\""
      case ..<60: return "\(label.name)!=\"\(value)\""
      case ..<75: return "\(label.name)=~\"\(value.prefix(2)).*\""
      case ..<85: return "\(label.name)=~\"\(value)|nothing\""
      case ..<95: return "\(label.name)!~\"\(value)\""
      default: return "missing=\"\""
      }
    }
    if matchers.isEmpty, chance(90) { return family.name }
    if chance(8) {
      return "{" + (["__name__=\"\(family.name)\""] + matchers).joined(separator: ",") + "}"
    }
    return family.name + "{" + matchers.joined(separator: ", ") + "}"
  }

  /// `offset` and `@`, in multiples of 10 s (see `SampleGrid`).
  mutating func modifiers() -> String {
    var parts: [String] = []
    if chance(12) { parts.append("offset " + pick(["10s", "1m", "5m", "-30s", "20m", "-2m10s"])) }
    if chance(8) {
      let tens = Int64.random(in: 300...690, using: &random)
      parts.append("@ " + pick(["start()", "end()", "\(SampleGrid.start / 1_000 + 10 * tens)"]))
    }
    if chance(50) { parts.reverse() }
    return parts.map { " " + $0 }.joined()
  }

  // MARK: Ranges

  mutating func matrix(depth: Int, of family: MetricFamily) -> String {
    if subqueries > 0, chance(depth > 0 ? 30 : 10) { return subquery(depth) }
    let window = pick(["20s", "1m", "90s", "5m", "5m", "15m", "1h"])
    return instant(family) + "[\(window)]" + modifiers()
  }

  mutating func subquery(_ depth: Int) -> String {
    subqueries -= 1
    defer { subqueries += 1 }
    let inner = vector(depth: min(depth, 2) - 1)
    let window = pick(
      subqueries > 0 ? ["45s", "1m5s", "5m5s", "10m25s", "33m35s"] : ["45s", "1m5s", "5m5s"])
    return inner.operand + "[\(window):\(pick(["", "10s", "20s", "30s", "1m", "2m"]))]"
      + modifiers()
  }

  mutating func overTime(_ depth: Int) -> Vector {
    let function = pick(Self.overTimeFunctions)
    let isOfCounters = ["rate", "increase", "irate", "resets"].contains(function)
    let family = isOfCounters && chance(80) ? family(.counter) : family()
    // A subquery's labels may be others than the family's: then a join finds nothing, on both
    // sides.
    let matrix = matrix(depth: depth - 1, of: family)
    let text =
      switch function {
      case "predict_linear": "predict_linear(\(matrix), \(pick(["60", "600", "3600", "-30"])))"
      case "quantile_over_time": "quantile_over_time(\(fraction()), \(matrix))"
      default: "\(function)(\(matrix))"
      }
    return Vector(text: text, labels: family.labelNames)
  }

  static let overTimeFunctions = [
    "avg_over_time", "changes", "count_over_time", "delta", "deriv", "idelta", "increase",
    "increase", "irate", "last_over_time", "max_over_time", "min_over_time", "predict_linear",
    "present_over_time", "quantile_over_time", "rate", "rate", "rate", "resets",
    "stddev_over_time", "stdvar_over_time", "sum_over_time",
  ]

  mutating func fraction() -> String {
    pick(["0", "0.1", "0.25", "0.5", "0.9", "0.99", "1", "-0.5", "1.5", "NaN"])
  }
}
