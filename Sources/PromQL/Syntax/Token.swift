/// A piece of a query's text.
package struct Token: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case end
    /// The lexer stopped here; `text` says why.
    case error
    case identifier
    /// An identifier with a colon: only a metric is called so.
    case metricIdentifier
    case string, number, duration
    case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
    case comma, colon, equal, matches, doesNotMatch, at
    case op(BinaryOperator)
    case aggregate(AggregateOperator)
    case keyword(Keyword)
    case preprocessor(Preprocessor)
  }

  package enum Keyword: String, Sendable, CaseIterable {
    case anchored, bool, by, fill, ignoring, offset, on, smoothed, without
    case fillLeft = "fill_left"
    case fillRight = "fill_right"
    case groupLeft = "group_left"
    case groupRight = "group_right"
  }

  /// Words that stand for a value of the query when parentheses follow.
  package enum Preprocessor: String, Sendable, CaseIterable {
    case start, end, step, range
    case minOf = "min_of"
    case maxOf = "max_of"
  }

  package var kind: Kind
  /// As it was written.
  package var text: String
  package var range: ByteRange

  /// The kind of a word, whatever its case.
  static func kind(ofWord word: String) -> Kind? { words[word.lowercased()] }

  private static let words: [String: Kind] = {
    var words: [String: Kind] = ["inf": .number, "nan": .number]
    for op in [BinaryOperator.or, .and, .unless, .atan2] { words[op.rawValue] = .op(op) }
    for op in AggregateOperator.allCases { words[op.rawValue] = .aggregate(op) }
    for word in Keyword.allCases { words[word.rawValue] = .keyword(word) }
    for word in Preprocessor.allCases { words[word.rawValue] = .preprocessor(word) }
    return words
  }()

  /// What a metric may be called without quotes: also most words that mean something elsewhere.
  package var isMetricName: Bool {
    switch kind {
    case .identifier, .metricIdentifier, .aggregate, .preprocessor: true
    case .op(let op): op.isSetOperator
    case .keyword(let word):
      switch word {
      case .anchored, .by, .fill, .fillLeft, .fillRight, .offset, .smoothed, .without: true
      case .bool, .groupLeft, .groupRight, .ignoring, .on: false
      }
    default: false
    }
  }

  /// What a label in `by (…)` may be called without quotes.
  var isLabelName: Bool {
    switch kind {
    case .identifier, .metricIdentifier, .aggregate, .preprocessor, .keyword: true
    case .op(let op): op.isSetOperator || op == .atan2
    default: false
    }
  }

  /// Whether an expression may begin with it.
  var startsOperand: Bool {
    switch kind {
    case .number, .duration, .string, .leftParenthesis, .leftBrace, .op(.add), .op(.subtract): true
    default: isMetricName
    }
  }

  /// As Prometheus's messages name a token that they did not expect.
  package var described: String {
    switch kind {
    case .end: "end of input"
    case .error: text
    case .identifier: "identifier \(text.quoted)"
    case .metricIdentifier: "metric identifier \(text.quoted)"
    case .string: "string \(shortened)"
    case .number: "number \(shortened)"
    case .duration: "duration \(shortened)"
    case .op, .matches, .doesNotMatch, .at: "<op:\(text)>"
    case .aggregate: "<aggr:\(text)>"
    case .keyword: "<\(text)>"
    default: shortened
    }
  }

  /// In quotes; after ten characters an ellipsis.
  private var shortened: String {
    let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(10)))
    return text.utf8.count > 10 ? start.quoted + "..." : start.quoted
  }
}
