/// Names that may be written without quotes.
public enum Identifier {
  /// `[a-zA-Z_][a-zA-Z0-9_]*`
  public static func isLabelName(_ text: String) -> Bool { isName(text, colon: false) }
  /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
  public static func isMetricName(_ text: String) -> Bool { isName(text, colon: true) }

  private static func isName(_ text: String, colon: Bool) -> Bool {
    var isFirst = true
    for byte in text.utf8 {
      let isLetter = byte >= 0x41 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      let isOther = byte == UInt8(ascii: "_") || (colon && byte == UInt8(ascii: ":"))
      guard isLetter || isOther || (isDigit && !isFirst) else { return false }
      isFirst = false
    }
    return !isFirst
  }
}

extension String {
  /// In double quotes, as Go's `strconv.Quote` writes it: printable characters as they are.
  package var quoted: String {
    var out = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{07}": out += "\\a"
      case "\u{08}": out += "\\b"
      case "\u{0c}": out += "\\f"
      case "\u{0b}": out += "\\v"
      default: out += Self.escapedUnlessPrintable(scalar)
      }
    }
    return out + "\""
  }

  private static func escapedUnlessPrintable(_ scalar: Unicode.Scalar) -> String {
    if isPrintable(scalar) { return String(Character(scalar)) }
    let value = scalar.value
    if value < 0x80 { return "\\x" + hex(value, width: 2) }
    return value < 0x10000 ? "\\u" + hex(value, width: 4) : "\\U" + hex(value, width: 8)
  }

  /// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  private static func hex(_ value: UInt32, width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
