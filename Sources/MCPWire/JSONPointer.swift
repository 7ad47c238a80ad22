/// A place in a JSON text: a path of member names and element numbers (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
  /// Longer ones are refused.
  package static let tokensMax = 32

  package let description: String
  private let tokens: [String]

  /// `/content/0/text`; the empty text is the whole. `nil` for anything else.
  package init?(_ text: String) {
    description = text
    guard !text.isEmpty else {
      tokens = []
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.first == "", parts.count <= Self.tokensMax + 1 else { return nil }
    var tokens: [String] = []
    for part in parts.dropFirst() {
      guard let token = Self.unescaped(part) else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  /// `~0` is a tilde and `~1` a slash; no other escape is one.
  private static func unescaped(_ part: Substring) -> String? {
    var token = ""
    var rest = part[...]
    while let character = rest.popFirst() {
      guard character == "~" else {
        token.append(character)
        continue
      }
      switch rest.popFirst() {
      case "0": token.append("~")
      case "1": token.append("/")
      default: return nil
      }
    }
    return token
  }

  /// The bytes of the value at this place in `range` of `bytes`; `nil` when there is none.
  package func find(in bytes: [UInt8], _ range: Range<Int>) throws(JSONProblem) -> Range<Int>? {
    var found = range
    for token in tokens {
      guard let next = try Self.step(to: token, in: bytes, found) else { return nil }
      found = next
    }
    return found
  }

  private static func step(
    to token: String, in bytes: [UInt8], _ range: Range<Int>
  ) throws(JSONProblem) -> Range<Int>? {
    var reader = JSONReader(bytes, in: range)
    var found: Range<Int>?
    switch try reader.kind() {
    case .object:
      try reader.forEachMember { member, key throws(JSONProblem) in
        if found == nil, key == token { found = try member.value() }
      }
    case .array:
      guard let wanted = index(token) else { return nil }
      var position = 0
      try reader.forEachElement { element throws(JSONProblem) in
        if position == wanted { found = try element.value() }
        position += 1
      }
    default: break
    }
    return found
  }

  /// Digits without leading zeros.
  private static func index(_ token: String) -> Int? {
    guard token.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      token == "0" || !token.hasPrefix("0")
    else { return nil }
    return Int(token)
  }
}
