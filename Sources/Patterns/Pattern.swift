import CRE2

/// A regular expression with RE2's syntax and its promise: time linear in the text.
///
/// Matches whole values; a dot matches a newline too. Compiled once, matched by any number of
/// threads. Equal when written with the same bytes.
@safe public final class Pattern: Sendable {
  /// What a pattern may cost. What is beyond is refused when it is compiled.
  public struct Limits: Equatable, Sendable {
    /// Longest pattern, in bytes of UTF-8.
    public var patternBytes: Int
    /// Most memory for the compiled program and its caches, in bytes.
    public var memoryBytes: Int
    /// Most instructions of the compiled program: what one byte of a value may cost.
    public var instructions: Int

    public init(
      patternBytes: Int = 64 << 10, memoryBytes: Int = 8 << 20, instructions: Int = 200_000
    ) {
      self.patternBytes = patternBytes
      self.memoryBytes = memoryBytes
      self.instructions = instructions
    }

    /// For patterns of strangers, which come with a request.
    public static let request = Limits(
      patternBytes: 4 << 10, memoryBytes: 4 << 20, instructions: 20_000)
  }

  /// Groups that a match can tell, the match itself among them.
  static let mostGroups = 64

  /// As it was written.
  public let text: String
  private let shape: LiteralShape?
  nonisolated(unsafe) let raw: OpaquePointer

  /// - Throws: `PatternError` for a pattern that RE2 refuses or that is beyond the limits.
  public convenience init(_ text: String, limits: Limits = Limits()) throws(PatternError) {
    try self.init(text, limits: limits, shape: LiteralShape(text))
  }

  /// Without `shape`, RE2 decides every match.
  package init(
    _ text: String, limits: Limits = Limits(), shape: LiteralShape?
  ) throws(PatternError) {
    guard text.utf8.count <= limits.patternBytes else {
      throw PatternError(
        reason: .tooLong,
        detail: "regular expression is longer than \(limits.patternBytes) bytes")
    }
    self.text = text
    self.shape = shape
    unsafe raw = Self.compiled(
      try PatternText.spelledForRE2(text), memoryBytes: Int64(limits.memoryBytes))
    let code = unsafe cre2_error(raw)
    guard code == 0 else {
      throw PatternError(code: code, part: unsafe String(cString: cre2_error_part(raw)))
    }
    let size = Int(unsafe cre2_program_size(raw))
    guard size <= limits.instructions else {
      throw PatternError(
        reason: .tooLarge,
        detail: "regular expression is too large: \(size) instructions of \(limits.instructions)")
    }
  }

  deinit { unsafe cre2_free(raw) }

  private static func compiled(_ bytes: [UInt8], memoryBytes: Int64) -> OpaquePointer {
    // The zero does not belong to the pattern: it gives the empty one an address.
    let characters = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe cre2_new(characters, bytes.count, memoryBytes, true)
  }

  /// The values that the pattern matches, sorted by bytes, when it is no more than a choice of
  /// them (`a|b`, `(?:a|b)`, `a`); else `nil`.
  public var literals: [String]? {
    guard case .oneOf(let values)? = shape else { return nil }
    return values
  }

  /// Whether the pattern matches all of `value`.
  public func matches(_ value: String) -> Bool {
    if let shape { return shape.matches(value) }
    return unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, 0, true, nil, 0)
    }
  }

  /// The groups of a match of all of `value`, the match itself first; `nil` where a group took no
  /// part, and for every group after the 63rd. `nil` when the pattern does not match.
  public func groups(matchingAll value: String) -> [Substring?]? {
    let count = unsafe Int(cre2_group_count(raw)) + 1
    var spans = [cre2_span](
      repeating: cre2_span(start: -1, end: -1), count: min(count, Self.mostGroups))
    let matches = unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, 0, true, &spans, Int32(spans.count))
    }
    guard matches else { return nil }
    let utf8 = value.utf8
    var groups: [Substring?] = spans.map { span in
      guard span.start >= 0, span.end >= span.start, span.end <= utf8.count else { return nil }
      let start = utf8.index(utf8.startIndex, offsetBy: span.start)
      return value[start..<utf8.index(start, offsetBy: span.end - span.start)]
    }
    groups += Array(repeating: nil, count: count - spans.count)
    return groups
  }

  /// The number of the group called `name`; `nil` when there is none.
  public func groupNumber(named name: String) -> Int? {
    let number = unsafe withBytes(of: name) { bytes, length in
      unsafe cre2_group_number(raw, bytes, length)
    }
    return number < 0 ? nil : Int(number)
  }

  func withBytes<Result>(
    of text: String, _ body: (UnsafePointer<CChar>, Int) -> Result
  ) -> Result {
    var text = text
    return text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else {
          var nothing: CChar = 0  // a null pointer would make an empty match look like none
          return unsafe body(&nothing, 0)
        }
        return unsafe body(base, characters.count)
      }
    }
  }
}

extension Pattern: Hashable {
  public static func == (lhs: Pattern, rhs: Pattern) -> Bool {
    lhs.text.utf8.elementsEqual(rhs.text.utf8)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
