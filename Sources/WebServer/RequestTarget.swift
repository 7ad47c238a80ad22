/// The target of a request line, taken apart: path segments and query parameters, decoded.
package struct RequestTarget: Equatable {
  /// Split before decoding, so that `a%2Fb` is one segment.
  let segments: [String]
  /// The first of each name counts.
  let query: [String: String]
  /// As it came, for those who want every value of a name.
  let queryText: Substring

  /// `nil` for a target that is no path, or whose escapes are broken, or not UTF-8, or hide a NUL.
  package init?(_ target: String) {
    let withoutFragment = target.prefix { $0 != "#" }
    guard withoutFragment.utf8.first == UInt8(ascii: "/") else { return nil }
    let path = withoutFragment.prefix { $0 != "?" }
    var segments: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let segment = Self.decoded(part, plusIsSpace: false) else { return nil }
      segments.append(segment)
    }
    self.segments = segments == [""] ? [] : segments

    queryText = withoutFragment.dropFirst(path.count).dropFirst()
    guard let pairs = Self.pairs(in: queryText) else { return nil }
    query = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// The names and values of a query or form; `nil` when their escapes are broken.
  static func pairs(in text: Substring) -> [(String, String)]? {
    var pairs: [(String, String)] = []
    for pair in text.split(separator: "&") {
      let name = pair.prefix { $0 != "=" }
      guard let key = decoded(name, plusIsSpace: true),
        let value = decoded(pair.dropFirst(name.count).dropFirst(), plusIsSpace: true)
      else { return nil }
      pairs.append((key, value))
    }
    return pairs
  }

  private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexValue),
          let low = rest.popFirst().flatMap(hexValue)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
