/// Writes JSON as Go's encoder does: `<`, `>` and `&` are escaped too.
struct JSONText {
  private(set) var bytes: [UInt8] = []
  private static let digits = Array("0123456789abcdef".utf8)

  /// JSON that is written already.
  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func append(_ json: [UInt8]) { bytes.append(contentsOf: json) }

  mutating func append(string: String) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars { append(scalar) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": append(#"\""#)
    case "\\": append(#"\\"#)
    case "\n": append(#"\n"#)
    case "\r": append(#"\r"#)
    case "\t": append(#"\t"#)
    case "\u{0}"..."\u{1f}", "<", ">", "&", "\u{2028}", "\u{2029}":
      append(#"\u"#)
      for shift in [12, 8, 4, 0] as [UInt32] {
        bytes.append(Self.digits[Int(scalar.value >> shift & 0xf)])
      }
    default: bytes.append(contentsOf: String(Character(scalar)).utf8)
    }
  }
}
