import PromQL

/// A well-typed expression out of bytes, as text; everything the parser's tables name occurs.
struct RandomExpression {
  private var reader: ByteReader

  init(_ reader: ByteReader) { self.reader = reader }

  private static let functions = Dictionary(
    grouping: FunctionSignature.all.filter { !$0.isExperimental }, by: \.returns)
  private static let numbers = [
    "1", "0", "2", "-1", "0.5", "NaN", "Inf", "-Inf", "1e300", "1e-300", "9223372036854775808",
    "1e19", "-1e19", "300", "5m", "0x10", "3",
  ]
  private static let times = [
    "1m", "30s", "5m", "1h", "1ms", "7s", "1000d", "290y", "10s", "2500ms", "100y",
  ]

  mutating func text(of type: ValueType, depth: Int) -> String {
    switch type {
    case .scalar: scalar(depth)
    case .string:
      reader.pick(["\"\"", "\"a\"", "\"b\"", "\"__name__\"", "\"$1\"", "\"(.*)\"", "\"1\""])
    case .vector: vector(depth)
    case .matrix: matrix(depth)
    }
  }

  private mutating func scalar(_ depth: Int) -> String {
    guard depth > 0 else { return reader.pick(Self.numbers) }
    switch reader.number(below: 5) {
    case 0, 1: return reader.pick(Self.numbers)
    case 2: return call(.scalar, depth)
    case 3: return "-(\(scalar(depth - 1)))"
    default:
      let op = binaryOperator()
      return "(\(scalar(depth - 1))) \(op.isComparison ? "\(op.rawValue) bool" : op.rawValue) "
        + "(\(scalar(depth - 1)))"
    }
  }

  private mutating func vector(_ depth: Int) -> String {
    guard depth > 0 else { return selector() }
    switch reader.number(below: 8) {
    case 0: return selector()
    case 1, 2, 3: return call(.vector, depth)
    case 4: return aggregation(depth)
    case 5:
      let op = binaryOperator()
      let words = op.rawValue + (op.isComparison ? reader.pick(["", " bool"]) : "")
      return reader.number(below: 3) == 0
        ? "(\(scalar(depth - 1))) \(words) (\(vector(depth - 1)))"
        : "(\(vector(depth - 1))) \(words) (\(scalar(depth - 1)))"
    case 6: return matched(depth)
    default: return "-(\(vector(depth - 1)))"
    }
  }

  private mutating func matrix(_ depth: Int) -> String {
    if depth > 0, reader.number(below: 3) == 0 {
      let inner = vector(depth - 1)
      let step = reader.pick(["", "10s", "1m", "7s", "1h"])
      return "(\(inner))[\(reader.pick(Self.times)):\(step)]" + modifiers()
    }
    return selectorText() + "[\(reader.pick(Self.times))]" + modifiers()
  }

  private mutating func selector() -> String { selectorText() + modifiers() }

  private mutating func selectorText() -> String {
    let name = reader.pick(["m", "n", "c_total", "h_bucket", "{__name__=~\".+\"}", "{a=~\".+\"}"])
    let matchers = reader.pick([
      "", "", "", "{a=\"1\"}", "{a!=\"1\"}", "{b=~\".*1\"}", "{b!~\"1|2\"}", "{le!=\"\"}",
    ])
    return name.hasPrefix("{") ? name : name + matchers
  }

  private mutating func modifiers() -> String {
    let offset = reader.pick([
      "", "", "", "", " offset 1m", " offset -1m", " offset 290y", " offset -290y",
    ])
    let at = reader.pick([
      "", "", "", "", "", " @ 100", " @ start()", " @ end()", " @ -9e15", " @ 9e15", " @ 0",
    ])
    return offset + at
  }

  private mutating func binaryOperator() -> BinaryOperator {
    reader.pick(
      BinaryOperator.allCases.filter {
        !$0.isSetOperator && $0 != .trimUpper && $0 != .trimLower
      })
  }

  private mutating func call(_ type: ValueType, _ depth: Int) -> String {
    let function = reader.pick(Self.functions[type] ?? [])
    var types = function.arguments
    if function.variadic != 0, reader.number(below: 2) == 0 { types.removeLast() }
    if function.variadic < 0 {
      let last = function.arguments.last ?? .string
      types += Array(repeating: last, count: reader.number(below: 3))
    }
    let arguments = types.map { text(of: $0, depth: depth - 1) }
    return "\(function.name)(\(arguments.joined(separator: ", ")))"
  }

  private mutating func labels() -> String {
    reader.pick(["()", "(a)", "(b)", "(a, b)", "(le)", "(a, le)", "(__name__)", "(missing)"])
  }

  private mutating func aggregation(_ depth: Int) -> String {
    let op = reader.pick(AggregateOperator.allCases.filter { !$0.isExperimental })
    let parameter = op.parameterType.map { text(of: $0, depth: depth - 1) + ", " } ?? ""
    let clause = reader.pick(["", "by", "without"])
    let grouping = clause.isEmpty ? "" : " \(clause) \(labels())"
    return "\(op.rawValue)\(grouping) (\(parameter)\(vector(depth - 1)))"
  }

  private mutating func matched(_ depth: Int) -> String {
    let left = vector(depth - 1)
    let right = vector(depth - 1)
    var clause = reader.pick(["", " on \(labels())", " ignoring \(labels())"])
    if reader.number(below: 3) == 0 {
      return "(\(left)) \(reader.pick(["and", "or", "unless"]))\(clause) (\(right))"
    }
    if !clause.isEmpty {
      clause += reader.pick(["", "", " group_left ()", " group_right ()", " group_left (c)"])
    }
    let op = binaryOperator()
    let bool = op.isComparison ? reader.pick(["", " bool"]) : ""
    return "(\(left)) \(op.rawValue)\(bool)\(clause) (\(right))"
  }
}
