/// What is done to a pattern's text before RE2 sees it, where RE2 and Go's regexp differ.
enum PatternText {
  /// The pattern in RE2's spelling: `(?<name>…)` becomes `(?P<name>…)`. Throws for `\C`, one byte,
  /// which Go does not know and which could cut a character in two.
  static func spelledForRE2(_ text: String) throws(PatternError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count)
    var rest = text.utf8[...]
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "\\"):
        if rest.dropFirst().first == UInt8(ascii: "C") {
          throw PatternError(syntax: "invalid escape sequence", at: #"\C"#)
        }
        move(rest.dropFirst().first == UInt8(ascii: "Q") ? quoted(rest) : 2, of: &rest, to: &out)
      case UInt8(ascii: "["):
        move(characterClass(rest), of: &rest, to: &out)
      case UInt8(ascii: "(") where startsNamedGroup(rest):
        out += "(?P<".utf8
        rest = rest.dropFirst("(?<".utf8.count)
      default:
        move(1, of: &rest, to: &out)
      }
    }
    return out
  }

  private static func move(
    _ count: Int, of rest: inout Substring.UTF8View, to out: inout [UInt8]
  ) {
    out += rest.prefix(count)
    rest = rest.dropFirst(count)
  }

  /// `(?<`, and not the look-behind `(?<=` or `(?<!`, which RE2 shall refuse.
  private static func startsNamedGroup(_ text: Substring.UTF8View) -> Bool {
    guard text.starts(with: "(?<".utf8) else { return false }
    let next = text.dropFirst("(?<".utf8.count).first
    return next != UInt8(ascii: "=") && next != UInt8(ascii: "!")
  }

  /// The length of `\Q…\E`, or of all when nothing ends it.
  private static func quoted(_ text: Substring.UTF8View) -> Int {
    length(of: text, through: "\\E") ?? text.count
  }

  /// The length of `[…]`, or of all when nothing ends it.
  private static func characterClass(_ text: Substring.UTF8View) -> Int {
    var rest = text.dropFirst()
    if rest.first == UInt8(ascii: "^") { rest = rest.dropFirst() }
    if rest.first == UInt8(ascii: "]") { rest = rest.dropFirst() }  // itself a member
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "]"): return text.count - rest.count + 1
      case UInt8(ascii: "\\"): rest = rest.dropFirst(2)
      case UInt8(ascii: "[") where rest.dropFirst().first == UInt8(ascii: ":"):
        // `[:alpha:]`; no name is longer. Without its end the bracket is an ordinary member.
        rest = rest.dropFirst(length(of: rest.prefix(16), through: ":]") ?? 1)
      default: rest = rest.dropFirst()
      }
    }
    return text.count
  }

  /// Up to and with the first `end` behind the two bytes that began it.
  private static func length(of text: Substring.UTF8View, through end: String) -> Int? {
    var rest = text.dropFirst(2)
    while !rest.isEmpty {
      if rest.starts(with: end.utf8) { return text.count - rest.count + end.utf8.count }
      rest = rest.dropFirst()
    }
    return nil
  }
}
