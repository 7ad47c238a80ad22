public import Patterns

/// What a query's text may cost.
public struct ParseLimits: Sendable {
  /// Longest text, in bytes.
  public var bytes: Int
  /// Most levels of nesting: of brackets, and of operators as they bind (`1+1+1` has three).
  public var depth: Int
  /// For each `=~` and `!~`.
  public var pattern: Pattern.Limits
  /// Most regular expressions of a query, those of `label_replace` included.
  public var patterns: Int

  public init(
    bytes: Int = 1 << 20, depth: Int = 5_000, pattern: Pattern.Limits = Pattern.Limits(),
    patterns: Int = 1_000
  ) {
    self.bytes = bytes
    self.depth = depth
    self.pattern = pattern
    self.patterns = patterns
  }
}

extension Expression {
  /// Parses and type-checks a query; experimental syntax too (see `unsupported`).
  ///
  /// Parsing takes time linear in the text and hardly any stack; the type check walks the tree, at
  /// the default depth safely on a thread with a stack of 16 MiB.
  ///
  /// - Throws: everything that is wrong, up to the first syntax error, in Prometheus's words.
  public init(parsing text: String, limits: ParseLimits = .init()) throws(ParseErrors) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// The same for text that may not be UTF-8, which is an error.
  public init(parsing bytes: [UInt8], limits: ParseLimits = .init()) throws(ParseErrors) {
    guard bytes.count <= limits.bytes else {
      let error = ParseError("query is longer than \(limits.bytes) bytes", 0..<0)
      throw ParseErrors([error], in: "")
    }
    var parser = Parser(bytes, limits: limits)
    let expression = parser.parse()
    var errors = parser.errors
    if errors.isEmpty, let expression { errors = TypeCheck.errors(in: expression, of: bytes) }
    guard errors.isEmpty, let expression else {
      throw ParseErrors(errors, in: String(decoding: bytes, as: UTF8.self))
    }
    self = expression
  }
}
