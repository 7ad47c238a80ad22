/// A range of bytes (UTF-8) of the query's text.
public typealias ByteRange = Range<Int>

/// What an expression evaluates to.
public enum ValueType: String, Sendable, CaseIterable {
  case scalar
  case string
  case vector = "instant vector"
  case matrix = "range vector"

  /// As the HTTP API names it: `vector`, `matrix`.
  public var shortName: String {
    switch self {
    case .scalar: "scalar"
    case .string: "string"
    case .vector: "vector"
    case .matrix: "matrix"
    }
  }
}

/// A PromQL expression as it was written: what the parser makes, the printer prints and the
/// evaluator reads. Each node knows the bytes of the text that it came from.
///
/// A tree is at most `ParseLimits.depth` high. Walking and destroying it are recursive: at the
/// default depth of 5,000 they need a thread with a stack of 16 MiB.
public indirect enum Expression: Sendable {
  case number(NumberLiteral)
  case string(StringLiteral)
  case vector(VectorSelector)
  case matrix(MatrixSelector)
  case subquery(Subquery)
  case unary(UnaryExpression)
  case binary(BinaryExpression)
  case parentheses(ParenthesizedExpression)
  case aggregate(AggregateExpression)
  case call(FunctionCall)

  public var range: ByteRange {
    switch self {
    case .number(let node): node.range
    case .string(let node): node.range
    case .vector(let node): node.range
    case .matrix(let node): node.range
    case .subquery(let node): node.range
    case .unary(let node): node.range
    case .binary(let node): node.range
    case .parentheses(let node): node.range
    case .aggregate(let node): node.range
    case .call(let node): node.range
    }
  }

  public var type: ValueType {
    switch self {
    case .number: .scalar
    case .string: .string
    case .vector: .vector
    case .matrix, .subquery: .matrix
    case .unary(let node): node.type
    case .binary(let node): node.type
    case .parentheses(let node): node.type
    case .aggregate: .vector
    case .call(let node): node.function.returns
    }
  }

  /// The expression within any number of parentheses.
  public var unwrapped: Expression {
    var expression = self
    while case .parentheses(let node) = expression { expression = node.inner }
    return expression
  }
}

/// A number, or a duration in a number's place (`5m` is 300).
public struct NumberLiteral: Sendable {
  public var value: Double
  /// Written as a duration, and printed as one.
  public var isDuration: Bool
  public var range: ByteRange

  public init(value: Double, isDuration: Bool = false, range: ByteRange) {
    self.value = value
    self.isDuration = isDuration
    self.range = range
  }
}

public struct StringLiteral: Sendable {
  public var value: String
  public var range: ByteRange

  public init(value: String, range: ByteRange) {
    self.value = value
    self.range = range
  }
}

/// An offset, range or step: a fixed time, or an expression of times (experimental).
public struct TimeOperand: Sendable {
  /// Milliseconds; 0 when it is an expression.
  public var milliseconds: Int64
  /// Present when it was written as more than a number or duration.
  public var expression: DurationExpression?

  public init(milliseconds: Int64, expression: DurationExpression? = nil) {
    self.milliseconds = milliseconds
    self.expression = expression
  }
}

/// Arithmetic on durations, in a range, step or offset. Parsed and printed; not evaluated yet.
public indirect enum DurationExpression: Sendable {
  case literal(NumberLiteral)
  case step(ByteRange)
  case range(ByteRange)
  case parentheses(DurationExpression, ByteRange)
  case negated(DurationExpression, ByteRange)
  case binary(BinaryOperator, DurationExpression, DurationExpression, ByteRange)
  /// `min_of` or `max_of`.
  case call(name: String, DurationExpression, DurationExpression, ByteRange)

  public var range: ByteRange {
    switch self {
    case .literal(let literal): literal.range
    case .step(let range), .range(let range), .parentheses(_, let range),
      .negated(_, let range), .binary(_, _, _, let range), .call(_, _, _, let range):
      range
    }
  }
}

/// `@ 1609746000`, `@ start()`, `@ end()`.
public enum AtModifier: Equatable, Sendable {
  /// Milliseconds since the Unix epoch.
  case time(Int64)
  case start, end
}

/// How a selector treats the edges of its window (experimental).
public enum WindowEdge: String, Sendable { case anchored, smoothed }

/// `name{matchers} @ … offset …`
public struct VectorSelector: Sendable {
  /// The name before the braces; `nil` when there is none.
  public var name: String?
  /// In the order written, the one for `name` last.
  public var matchers: [Matcher]
  /// Added in writing order; unset is 0.
  public var offset: TimeOperand?
  public var at: AtModifier?
  public var edge: WindowEdge?
  public var range: ByteRange

  public init(
    name: String?, matchers: [Matcher], offset: TimeOperand? = nil, at: AtModifier? = nil,
    edge: WindowEdge? = nil, range: ByteRange
  ) {
    self.name = name
    self.matchers = matchers
    self.offset = offset
    self.at = at
    self.edge = edge
    self.range = range
  }
}

/// `selector[5m]`; modifiers written behind the brackets are the selector's.
public struct MatrixSelector: Sendable {
  public var selector: VectorSelector
  public var window: TimeOperand
  public var range: ByteRange

  public init(selector: VectorSelector, window: TimeOperand, range: ByteRange) {
    self.selector = selector
    self.window = window
    self.range = range
  }
}

/// `expression[1h:5m] @ … offset …`
public struct Subquery: Sendable {
  public var inner: Expression
  public var window: TimeOperand
  /// `nil`: the engine's default.
  public var step: TimeOperand?
  public var offset: TimeOperand?
  public var at: AtModifier?
  public var range: ByteRange

  public init(
    inner: Expression, window: TimeOperand, step: TimeOperand? = nil, offset: TimeOperand? = nil,
    at: AtModifier? = nil, range: ByteRange
  ) {
    self.inner = inner
    self.window = window
    self.step = step
    self.offset = offset
    self.at = at
    self.range = range
  }
}

/// `-x` or `+x`.
public struct UnaryExpression: Sendable {
  public var isMinus: Bool
  public var operand: Expression
  /// The operand's.
  public let type: ValueType
  public var range: ByteRange

  public init(isMinus: Bool, operand: Expression, range: ByteRange) {
    self.isMinus = isMinus
    self.operand = operand
    type = operand.type
    self.range = range
  }
}

public struct ParenthesizedExpression: Sendable {
  public var inner: Expression
  /// The inner expression's.
  public let type: ValueType
  public var range: ByteRange

  public init(inner: Expression, range: ByteRange) {
    self.inner = inner
    type = inner.type
    self.range = range
  }
}

public enum BinaryOperator: String, Sendable, CaseIterable {
  case or, and, unless
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case atan2
  case power = "^"
  /// `</` and `>/` cut native histograms; parsed, not evaluated yet.
  case trimUpper = "</"
  case trimLower = ">/"

  public var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
  public var isSetOperator: Bool { self == .or || self == .and || self == .unless }
}

/// Which elements of the two sides belong together.
public struct VectorMatching: Equatable, Sendable {
  public enum Cardinality: String, Sendable {
    case oneToOne = "one-to-one"
    case manyToOne = "many-to-one"
    case oneToMany = "one-to-many"
    case manyToMany = "many-to-many"
  }

  public var cardinality: Cardinality
  /// `on(labels)`; else all but `labels` (`ignoring`, or nothing written).
  public var isOn: Bool
  public var labels: [String]
  /// Labels of the one side that `group_left` or `group_right` carries over.
  public var include: [String]
  /// `fill_left`, `fill_right` (experimental; `fill` sets both).
  public var fillLeft: Double?
  public var fillRight: Double?

  public init(
    cardinality: Cardinality = .oneToOne, isOn: Bool = false, labels: [String] = [],
    include: [String] = [], fillLeft: Double? = nil, fillRight: Double? = nil
  ) {
    self.cardinality = cardinality
    self.isOn = isOn
    self.labels = labels
    self.include = include
    self.fillLeft = fillLeft
    self.fillRight = fillRight
  }
}

public struct BinaryExpression: Sendable {
  public var op: BinaryOperator
  public var lhs: Expression
  public var rhs: Expression
  /// `bool`: a comparison gives 0 or 1 instead of filtering.
  public var returnsBool: Bool
  /// Present between two instant vectors.
  public var matching: VectorMatching?
  /// A scalar between two scalars, else a vector.
  public let type: ValueType
  public var range: ByteRange

  public init(
    op: BinaryOperator, lhs: Expression, rhs: Expression, returnsBool: Bool = false,
    matching: VectorMatching? = nil, range: ByteRange
  ) {
    self.op = op
    self.lhs = lhs
    self.rhs = rhs
    self.returnsBool = returnsBool
    self.matching = matching
    type = lhs.type == .scalar && rhs.type == .scalar ? .scalar : .vector
    self.range = range
  }
}

public enum AggregateOperator: String, Sendable, CaseIterable {
  case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile
  case countValues = "count_values"
  case limitk
  case limitRatio = "limit_ratio"

  /// The type of the parameter before the vector; `nil` when there is none.
  public var parameterType: ValueType? {
    switch self {
    case .topk, .bottomk, .quantile, .limitk, .limitRatio: .scalar
    case .countValues: .string
    default: nil
    }
  }
  public var isExperimental: Bool { self == .limitk || self == .limitRatio }
}

public struct AggregateExpression: Sendable {
  public var op: AggregateOperator
  public var operand: Expression
  public var parameter: Expression?
  public var isWithout: Bool
  /// Labels to group by, or to leave out.
  public var grouping: [String]
  public var range: ByteRange

  public init(
    op: AggregateOperator, operand: Expression, parameter: Expression? = nil,
    isWithout: Bool = false, grouping: [String] = [], range: ByteRange
  ) {
    self.op = op
    self.operand = operand
    self.parameter = parameter
    self.isWithout = isWithout
    self.grouping = grouping
    self.range = range
  }
}

public struct FunctionCall: Sendable {
  public var function: FunctionSignature
  public var arguments: [Expression]
  public var range: ByteRange

  public init(function: FunctionSignature, arguments: [Expression], range: ByteRange) {
    self.function = function
    self.arguments = arguments
    self.range = range
  }
}
