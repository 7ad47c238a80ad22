package import PromQL
import Signals

/// `name{label="value"} 1 2+3x4 _ stale`: a series and its values, one a step.
package struct SeriesDescription: Equatable, Sendable {
  package enum Value: Equatable, Sendable {
    case gap
    case number(Double)
  }

  package var labels: LabelSet
  /// None when the series has a histogram.
  package var values: [Value]
  /// There is a native histogram among the values, which nothing here reads.
  package var hasHistogram: Bool

  /// More values than this are refused.
  static let mostValues = 100_000

  /// - Throws: what is wrong, as Prometheus says it.
  package init(parsing text: String) throws(SeriesError) {
    let rest: Substring
    (labels, rest) = try Self.metric(text)
    hasHistogram = rest.contains("{{")
    values = hasHistogram ? [] : try Self.values(rest)
  }

  /// The labels of `name{label="value"}`, which is all of the text; an empty one has none.
  package static func labels(parsing text: String) throws(SeriesError) -> LabelSet {
    guard text.utf8.contains(where: { !" \t\r\n".utf8.contains($0) }) else { return .empty }
    let (labels, rest) = try metric(text)
    let after = rest.drop { $0.isWhitespace }
    guard after.isEmpty else { throw SeriesError("unexpected \(String(after.prefix(50)).quoted)") }
    return labels
  }

  package init(labels: LabelSet, values: [Value]) {
    self.labels = labels
    self.values = values
    hasHistogram = false
  }

  // MARK: - The series

  /// The labels, and the text behind them.
  static func metric(_ text: String) throws(SeriesError) -> (LabelSet, Substring) {
    let bytes = Array(text.utf8)
    var lexer = Lexer(bytes)
    var labels: [Label] = []
    var token = lexer.next()
    if token.isMetricName {
      labels.append(Label(name: LabelSet.nameLabel, value: token.text))
      // A brace further away would be a histogram's.
      guard lexer.position < bytes.count, bytes[lexer.position] == UInt8(ascii: "{") else {
        return (LabelSet(labels), Substring(rest(of: bytes, from: lexer.position)))
      }
      token = lexer.next()
    }
    guard token.kind == .leftBrace else {
      throw SeriesError("unexpected \(token.described) in series description")
    }
    try readLabels(&lexer, into: &labels)
    return (LabelSet(labels), Substring(rest(of: bytes, from: lexer.position)))
  }

  private static func rest(of bytes: [UInt8], from position: Int) -> String {
    String(decoding: bytes[position...], as: UTF8.self)
  }

  private static func readLabels(
    _ lexer: inout Lexer, into labels: inout [Label]
  ) throws(SeriesError) {
    var token = lexer.next()
    while token.kind != .rightBrace {
      guard token.kind == .identifier || token.kind == .string else {
        throw unexpected(token, expected: "identifier or \"}\"")
      }
      let isQuoted = token.kind == .string
      let name = isQuoted ? LiteralText.unquoted(token.text) : token.text
      token = lexer.next()
      if token.kind == .equal {
        let value = lexer.next()
        guard value.kind == .string else { throw unexpected(value, expected: "string") }
        labels.append(Label(name: name, value: LiteralText.unquoted(value.text)))
        token = lexer.next()
      } else if isQuoted {
        labels.append(Label(name: LabelSet.nameLabel, value: name))
      } else {
        throw unexpected(token, expected: "\"=\"")
      }
      if token.kind == .comma {
        token = lexer.next()
      } else if token.kind != .rightBrace {
        throw unexpected(token, expected: "\",\" or \"}\"")
      }
    }
  }

  private static func unexpected(_ token: Token, expected: String) -> SeriesError {
    token.kind == .error
      ? SeriesError(token.text)
      : SeriesError("unexpected \(token.described) in label set, expected \(expected)")
  }

  // MARK: - The values

  static func values(_ text: Substring) throws(SeriesError) -> [Value] {
    var values: [Value] = []
    for item in text.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      try append(item, to: &values)
    }
    return values
  }

  /// `1`, `1x3`, `1+2x3`, `_`, `_x3`, `stale`.
  private static func append(_ item: Substring, to values: inout [Value]) throws(SeriesError) {
    let parts = item.split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
    let (value, step) = split(parts[0])
    guard parts.count > 1 else {
      guard step == nil else { throw SeriesError("unexpected \(item) in series values") }
      return values.append(value == "_" ? .gap : .number(try number(value)))
    }
    guard let count = Int(parts[1]), parts[1].allSatisfy(\.isNumber) else {
      throw SeriesError("bad count of repetitions in \(item)")
    }
    guard count < mostValues - values.count else {
      throw SeriesError("more than \(mostValues) values")
    }
    if value == "_" {
      guard step == nil else { throw SeriesError("unexpected \(item) in series values") }
      return values.append(contentsOf: repeatElement(.gap, count: count))
    }
    var current = try number(value)
    let delta = try step.map { text throws(SeriesError) in try number(text) } ?? 0
    for _ in 0...count {
      values.append(.number(current))
      if step != nil { current += delta }
    }
  }

  /// Before and from a sign that is neither the first character nor an exponent's.
  private static func split(_ text: Substring) -> (Substring, Substring?) {
    var before: Character = "e"
    for index in text.indices {
      let character = text[index]
      if character == "+" || character == "-", before != "e", before != "E" {
        return (text[..<index], text[index...])
      }
      before = character
    }
    return (text, nil)
  }

  /// A signed number or duration, or `stale`.
  static func number(_ text: Substring) throws(SeriesError) -> Double {
    if text == "stale" { return StaleMarker.value }
    var lexer = Lexer(Array(text.utf8))
    var token = lexer.next()
    let isMinus = token.kind == .op(.subtract)
    if isMinus || token.kind == .op(.add) { token = lexer.next() }
    let after = lexer.next()
    guard after.kind == .end else { throw SeriesError("unexpected \(text) in series values") }
    do throws(LiteralError) {
      var value: Double
      switch token.kind {
      case .number: value = try LiteralText.number(token.text)
      case .duration: value = Double(try LiteralText.duration(token.text)) / 1e9
      default: throw LiteralError("unexpected \(text) in series values")
      }
      if isMinus { value = -value }
      return value.isNaN ? .nan : value
    } catch {
      throw SeriesError(error.message)
    }
  }
}

/// What is wrong with the description of a series.
package struct SeriesError: Error, Equatable, Sendable {
  package var message: String

  init(_ message: String) { self.message = "parse error: " + message }
}
