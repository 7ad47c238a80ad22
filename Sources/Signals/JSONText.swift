/// Writes JSON as Go's encoder does: `<`, `>` and `&` are escaped too.
package struct JSONText {
  package private(set) var bytes: [UInt8] = []
  private static let digits = Array("0123456789abcdef".utf8)

  package init() {}

  /// JSON that is written already.
  package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  package mutating func append(_ json: [UInt8]) { bytes.append(contentsOf: json) }

  package mutating func append(string: String) {
    bytes.append(UInt8(ascii: "\""))
    let text = string.utf8Span.span
    for index in text.indices { append(text[index]) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append(#"\""#)
    case UInt8(ascii: "\\"): append(#"\\"#)
    case UInt8(ascii: "\n"): append(#"\n"#)
    case UInt8(ascii: "\r"): append(#"\r"#)
    case UInt8(ascii: "\t"): append(#"\t"#)
    case 0..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
      append(#"\u00"#)
      bytes.append(Self.digits[Int(byte >> 4)])
      bytes.append(Self.digits[Int(byte & 0xf)])
    case 0xa8 where bytes.hasSuffix(0xe2, 0x80): escapeSeparator(#"\u2028"#)
    case 0xa9 where bytes.hasSuffix(0xe2, 0x80): escapeSeparator(#"\u2029"#)
    default: bytes.append(byte)
    }
  }

  /// U+2028 and U+2029 end a line in JavaScript; their first two bytes are written already.
  private mutating func escapeSeparator(_ escape: String) {
    bytes.removeLast(2)
    append(escape)
  }
}

extension [UInt8] {
  fileprivate func hasSuffix(_ first: UInt8, _ second: UInt8) -> Bool {
    count >= 2 && self[count - 2] == first && self[count - 1] == second
  }
}
