import CRE2

/// A regular expression with RE2's syntax and its promise: time linear in the text.
///
/// Compiled once, matched by any number of threads. Equal when written the same.
@safe public final class Pattern: Sendable {
  /// What a pattern may cost.
  public struct Limits: Sendable {
    /// Longest pattern, in bytes of UTF-8.
    public var patternBytes: Int
    /// Most memory for the compiled program and its caches, in bytes.
    public var memoryBytes: Int

    public init(patternBytes: Int = 64 << 10, memoryBytes: Int = 8 << 20) {
      self.patternBytes = patternBytes
      self.memoryBytes = memoryBytes
    }
  }

  /// As it was written.
  public let text: String
  nonisolated(unsafe) private let raw: OpaquePointer

  /// - Throws: `PatternError` for a pattern that RE2 refuses or that is beyond the limits.
  public init(_ text: String, limits: Limits = Limits()) throws(PatternError) {
    guard text.utf8.count <= limits.patternBytes else {
      throw PatternError(
        reason: .tooLong, detail: "pattern is longer than \(limits.patternBytes) bytes")
    }
    var utf8 = Array(text.utf8)
    let length = utf8.count
    if utf8.isEmpty { utf8.append(0) }  // an empty array has no address
    let made = unsafe utf8.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe characters.baseAddress.flatMap {
          unsafe cre2_new($0, length, Int64(limits.memoryBytes), true)
        }
      }
    }
    guard let made = unsafe made else {
      throw PatternError(reason: .memory, detail: "no memory for the pattern")
    }
    guard unsafe cre2_error(made) == 0 else {
      let detail = unsafe String(cString: cre2_error_text(made))
      unsafe cre2_free(made)
      throw PatternError(reason: .syntax, detail: detail)
    }
    self.text = text
    unsafe raw = made
  }

  deinit { unsafe cre2_free(raw) }

  /// Whether the pattern matches all of `value`.
  public func matches(_ value: String) -> Bool {
    unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, 0, true, nil, 0)
    }
  }

  /// The groups of a match of all of `value`, the match itself first; `nil` where a group took no
  /// part. `nil` when the pattern does not match.
  public func groups(matchingAll value: String) -> [Substring?]? {
    let count = unsafe cre2_group_count(raw) + 1
    var spans = [cre2_span](repeating: cre2_span(start: -1, end: -1), count: Int(count))
    let matches = unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, 0, true, &spans, count)
    }
    guard matches else { return nil }
    let utf8 = value.utf8
    return spans.map { span in
      guard span.start >= 0, span.end >= span.start, span.end <= utf8.count else { return nil }
      let start = utf8.index(utf8.startIndex, offsetBy: span.start)
      return value[start..<utf8.index(start, offsetBy: span.end - span.start)]
    }
  }

  /// The number of the group called `name`; `nil` when there is none.
  public func groupNumber(named name: String) -> Int? {
    let number = unsafe withBytes(of: name) { bytes, length in
      unsafe cre2_group_number(raw, bytes, length)
    }
    return number < 0 ? nil : Int(number)
  }

  private func withBytes<Result>(
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
  public static func == (lhs: Pattern, rhs: Pattern) -> Bool { lhs.text == rhs.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Why a text is no pattern.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: String, Sendable, CaseIterable {
    case syntax, tooLong, memory
  }

  public let reason: Reason
  /// In RE2's words, for a person.
  public let detail: String

  public init(reason: Reason, detail: String) {
    self.reason = reason
    self.detail = detail
  }

  public var description: String { detail }
}
