extension ExpressionGenerator {
  static let elementFunctions = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp",
    "floor", "ln", "log10", "log2", "rad", "sgn", "sin", "sinh", "sqrt", "tan", "tanh", "round",
    "clamp", "clamp_max", "clamp_min", "timestamp", "sort", "sort_desc",
  ]
  static let calendarFunctions = [
    "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month",
    "year",
  ]

  mutating func elementwise(_ depth: Int) -> Vector {
    if chance(12) { return calendar(depth) }
    let inner = vector(depth: depth - 1)
    let function = pick(Self.elementFunctions)
    let more =
      switch function {
      case "round": chance(50) ? "" : ", " + pick(["0.1", "5", "100", "0.25"])
      case "clamp": ", \(limit()), \(limit())"
      case "clamp_max", "clamp_min": ", \(limit())"
      default: ""
      }
    return Vector(text: "\(function)(\(inner.text)\(more))", labels: inner.labels)
  }

  private mutating func limit() -> String {
    chance(20) ? scalar(1) : pick(["0", "-10", "1", "42.5", "1e6", "1e10", "NaN", "Inf"])
  }

  /// Of times that are some: what the day of NaN is, only the machine knows.
  private mutating func calendar(_ depth: Int) -> Vector {
    let function = pick(Self.calendarFunctions)
    let family = pick(world.targets)
    let argument =
      switch percent() {
      case ..<20: ""
      case ..<50: "timestamp(\(instant(family)))"
      case ..<70: "vector(time() + \(pick(["0", "86400 * 40", "-1e9", "4e9"])))"
      default: "demo_batch_last_success_timestamp_seconds\(modifiers())"
      }
    return Vector(text: "\(function)(\(argument))", labels: family.labelNames)
  }

  mutating func constant(_ depth: Int) -> Vector {
    switch percent() {
    case ..<40: Vector(text: "vector(\(scalar(depth)))", labels: [])
    case ..<60:
      Vector(text: "absent(nothing{job=\"web\", code!=\"1\", x=~\"a.*\"})", labels: ["job"])
    case ..<75: Vector(text: "absent(\(vector(depth: depth - 1).text))", labels: [])
    default:
      Vector(text: "absent_over_time(\(matrix(depth: depth - 1, of: family())))", labels: [])
    }
  }

  mutating func relabelled(_ depth: Int) -> Vector {
    let inner = vector(depth: depth - 1)
    let source = inner.labels.isEmpty ? "job" : pick(inner.labels)
    let target = pick(["fresh", "fresh", source, "job", "__name__"])
    let labels = inner.labels.contains(target) || target == "__name__"
    let all = labels ? inner.labels : inner.labels + [target]
    if chance(40) {
      let sources = some(of: inner.labels, 50).map { ", \"\($0)\"" }.joined()
      return Vector(
        text: "label_join(\(inner.text), \"\(target)\", \"\(pick(["-", "", "::"]))\"\(sources))",
        labels: all)
    }
    let (replacement, pattern) = pick([
      ("$1", "(.*)"), ("x-$1", "(.).*"), ("${1}_$2", "(.+):(.+)"), ("", ".*"), ("all", "[a-z].*"),
      ("$0", "(a|b).*"), ("$$1", ".*"), ("y", "no match"),
    ])
    return Vector(
      text: "label_replace(\(inner.text), \"\(target)\", \"\(replacement)\", \"\(source)\", "
        + "\"\(pattern)\")", labels: all)
  }

  mutating func quantileOfBuckets(_ depth: Int) -> Vector {
    let family = family(.bucket)
    let window = pick(["1m", "5m", "15m"])
    let inner =
      switch percent() {
      case ..<40: "rate(\(instant(family))[\(window)])"
      case ..<60: "sum by (le, job) (rate(\(family.name)[\(window)]))"
      case ..<75: "sum by (le) (increase(\(family.name)[\(window)]))"
      case ..<90: instant(family)
      default: vector(depth: depth - 1).text
      }
    let labels = family.labelNames.filter { $0 != "le" }
    return Vector(text: "histogram_quantile(\(fraction()), \(inner))", labels: labels)
  }

  // MARK: Aggregation

  static let aggregations = [
    "sum", "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile", "topk",
    "bottomk", "count_values",
  ]

  mutating func aggregation(_ depth: Int) -> Vector {
    let inner = vector(depth: depth - 1)
    let op = pick(Self.aggregations)
    let groups = some(of: inner.labels + ["missing"], 40)
    let isWithout = chance(35)
    let list = "(" + groups.joined(separator: ", ") + ")"
    let clause = isWithout ? "without \(list)" : chance(60) ? "by \(list)" : ""
    var labels =
      isWithout
      ? inner.labels.filter { !groups.contains($0) } : clause.isEmpty ? [] : groups
    let parameter: String
    switch op {
    case "quantile": parameter = fraction() + ", "
    case "topk", "bottomk":
      parameter = pick(["1", "2", "3", "5", "0", "2.7", "-1", "scalar(vector(2))"]) + ", "
      labels = inner.labels
    case "count_values":
      parameter = "\"value\", "
      labels.append("value")
    default: parameter = ""
    }
    let body = "(\(parameter)\(inner.text))"
    let text = chance(50) ? "\(op) \(clause) \(body)" : "\(op)\(body) \(clause)"
    return Vector(text: text, labels: labels)
  }

  /// A query whose result has an order.
  mutating func ranked() -> String {
    let inner = vector(depth: 2).text
    switch percent() {
    case ..<30: return "sort(\(inner))"
    case ..<60: return "sort_desc(\(inner))"
    default: return "\(pick(["topk", "bottomk"]))(\(pick(["1", "3", "100"])), \(inner))"
    }
  }
}
