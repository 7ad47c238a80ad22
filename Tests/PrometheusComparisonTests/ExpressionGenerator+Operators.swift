extension ExpressionGenerator {
  static let arithmetic = ["+", "-", "*", "/", "%", "^"]
  static let comparisons = ["==", "!=", "<", ">", "<=", ">="]
  static let sets = ["and", "or", "unless"]

  // MARK: Scalars

  mutating func scalar(_ depth: Int) -> String {
    guard depth > 0 else { return number() }
    switch percent() {
    case ..<25: return number()
    case ..<35: return "time()"
    case ..<40: return "pi()"
    case ..<60: return "scalar(\(aggregated(depth)))"
    case ..<65: return "-\(operandScalar(depth - 1))"
    case ..<80:
      let op = pick(Self.arithmetic + ["atan2"])
      return "\(operandScalar(depth - 1)) \(op) \(operandScalar(depth - 1))"
    default:
      let op = pick(Self.comparisons)
      return "\(operandScalar(depth - 1)) \(op) bool \(operandScalar(depth - 1))"
    }
  }

  private mutating func operandScalar(_ depth: Int) -> String {
    let text = scalar(depth)
    return chance(80) ? "(\(text))" : text
  }

  /// A vector of one element, mostly.
  private mutating func aggregated(_ depth: Int) -> String {
    "\(pick(["sum", "max", "count"]))(\(vector(depth: depth - 1).text))"
  }

  mutating func number() -> String {
    pick([
      "0", "1", "2", "3.5", "-1", "10", "0.125", "1e9", "1e-3", "0x1f", "100", "1000000", "NaN",
      "Inf", "-Inf",
    ])
  }

  mutating func withScalar(_ depth: Int) -> Vector {
    let inner = vector(depth: depth - 1)
    let other = chance(60) ? number() : "(\(scalar(1)))"
    let op: String
    switch percent() {
    case ..<50: op = pick(Self.arithmetic)
    // 2.x keeps the name of an atan2; within abs() nobody sees it.
    case ..<55: return Vector(text: "abs(\(inner.operand) atan2 \(other))", labels: inner.labels)
    case ..<75: op = pick(Self.comparisons) + " bool"
    default: op = pick(["!=", "<", ">", "<=", ">="])
    }
    let isLeft = chance(25)
    let text = isLeft ? "\(other) \(op) \(inner.operand)" : "\(inner.operand) \(op) \(other)"
    return Vector(text: text, labels: inner.labels, isAtom: false)
  }

  // MARK: Two vectors

  mutating func withVector(_ depth: Int) -> Vector {
    switch percent() {
    case ..<25: ofSameSeries(depth)
    case ..<50: ofGroups(depth)
    case ..<75: joined(depth)
    case ..<92: ofSets(depth)
    default: ofAnything(depth)
    }
  }

  private mutating func vectorOperator() -> String {
    switch percent() {
    case ..<60: pick(Self.arithmetic)
    case ..<80: pick(Self.comparisons) + " bool"
    default: pick(Self.comparisons)
    }
  }

  /// `f(a) op g(a)`: every series meets itself.
  private mutating func ofSameSeries(_ depth: Int) -> Vector {
    let family = family()
    let left = shaped(family, depth)
    let right = shaped(family, depth)
    var clause = ""
    if chance(30) {
      clause = chance(50) ? " on (\(family.labelNames.joined(separator: ", ")))" : " ignoring ()"
    }
    if chance(6) {
      return Vector(
        text: "abs(\(left) atan2\(clause) \(right))", labels: family.labelNames)
    }
    return Vector(
      text: "\(left) \(vectorOperator())\(clause) \(right)", labels: family.labelNames,
      isAtom: false)
  }

  /// Something of a family that keeps its labels.
  private mutating func shaped(_ family: MetricFamily, _ depth: Int) -> String {
    switch percent() {
    case ..<35: return instant(family) + modifiers()
    case ..<65:
      let function = pick([
        "rate", "increase", "delta", "max_over_time", "sum_over_time", "changes",
      ])
      return "\(function)(\(instant(family))[\(pick(["1m", "5m", "10m"]))]\(modifiers()))"
    case ..<80: return "\(pick(["abs", "sqrt", "ceil", "sgn"]))(\(instant(family)))"
    default: return "(\(instant(family)) \(pick(Self.arithmetic)) \(number()))"
    }
  }

  /// `sum by (l) (a) op sum by (l) (b)`
  private mutating func ofGroups(_ depth: Int) -> Vector {
    let inner = vector(depth: depth - 1)
    let groups = some(of: inner.labels, 50)
    let list = groups.joined(separator: ", ")
    let left = "\(pick(["sum", "max", "avg", "count"])) by (\(list)) (\(inner.text))"
    let other = chance(50) ? inner : vector(depth: depth - 1)
    let right = "\(pick(["sum", "min", "count"])) by (\(list)) (\(other.text))"
    let clause = chance(30) ? " on (\(list))" : ""
    return Vector(
      text: "\(left) \(vectorOperator())\(clause) \(right)", labels: groups, isAtom: false)
  }

  /// Many to one over `instance` and `job`.
  private mutating func joined(_ depth: Int) -> Vector {
    let many = vector(depth: depth - 1)
    let target = pick(world.targets)
    let one = shaped(target, depth)
    let extra = target.labelNames.filter { $0 != "instance" && $0 != "job" }
    let carried = (some(of: extra, 70) + (chance(10) ? ["missing"] : [])).joined(separator: ", ")
    let ignored = Set(many.labels + extra).subtracting(["instance", "job"]).sorted()
    let clause =
      chance(80)
      ? "on (instance, job)"
      : "ignoring (\(ignored.joined(separator: ", ")))"
    let op = vectorOperator()
    let labels = many.labels + extra
    if chance(70) {
      let group = chance(85) ? " group_left (\(carried))" : " group_left"
      return Vector(
        text: "\(many.operand) \(op) \(clause)\(group) \(one)", labels: labels, isAtom: false)
    }
    return Vector(
      text: "\(one) \(op) \(clause) group_right (\(carried)) \(many.operand)", labels: labels,
      isAtom: false)
  }

  private mutating func ofSets(_ depth: Int) -> Vector {
    let left = vector(depth: depth - 1)
    let isRelated = chance(60)
    let right =
      isRelated
      ? Vector(
        text: "(\(left.text)) \(pick([">", "<", "!="])) \(number())", labels: left.labels,
        isAtom: false)
      : vector(depth: depth - 1)
    let op = isRelated ? pick(Self.sets) : pick(["or", "or", "and", "unless"])
    let clause =
      switch percent() {
      case ..<60: ""
      case ..<85: " on (\(some(of: left.labels, 60).joined(separator: ", ")))"
      default: " ignoring (\(some(of: left.labels, 40).joined(separator: ", ")))"
      }
    return Vector(
      text: "\(left.operand) \(op)\(clause) \(right.operand)", labels: left.labels, isAtom: false)
  }

  /// Often an error: two series for one group. Both sides must say so.
  private mutating func ofAnything(_ depth: Int) -> Vector {
    let left = vector(depth: depth - 1)
    let right = vector(depth: depth - 1)
    let names = some(of: left.labels, 50).joined(separator: ", ")
    let clause = pick(["", " on (\(names))", " ignoring (\(names))", " on (job) group_left ()"])
    return Vector(
      text: "\(left.operand) \(vectorOperator())\(clause) \(right.operand)", labels: left.labels,
      isAtom: false)
  }
}
