/// One thing that is wrong with a query's text.
public struct ParseError: Error, Equatable, Sendable {
  /// In Prometheus's words, without place and prefix.
  public var message: String
  public var range: ByteRange

  public init(_ message: String, _ range: ByteRange) {
    self.message = message
    self.range = range
  }

  /// `1:5: parse error: unexpected …`, as Prometheus prints it.
  public func text(in query: String) -> String {
    "\(TextPosition(of: range.lowerBound, in: query)): parse error: \(message)"
  }
}

/// Everything that is wrong with a query's text, the first problem first; never empty.
public struct ParseErrors: Error, Equatable, Sendable, CustomStringConvertible {
  public var errors: [ParseError]
  /// The text that was parsed.
  public var query: String

  public init(_ errors: [ParseError], in query: String) {
    self.errors = errors
    self.query = query
  }

  /// The first problem, with its place.
  public var description: String { errors.first?.text(in: query) ?? "parse error" }
}
