import Signals

extension MessageLimits.Unit {
  /// How much of a limit a text takes.
  func count(_ text: Substring) -> Int {
    var total = 0
    switch self {
    case .bytes: return text.utf8.count
    case .codePoints:
      for byte in text.utf8 where byte & 0xc0 != 0x80 { total += 1 }
    case .utf16:
      for byte in text.utf8 where byte & 0xc0 != 0x80 { total += byte >= 0xf0 ? 2 : 1 }
    case .jsonUTF16:
      for scalar in text.unicodeScalars {
        total += JSONText.escapedCount(of: scalar) ?? (scalar.value > 0xffff ? 2 : 1)
      }
    case .jsonBytes:
      for scalar in text.unicodeScalars {
        total += JSONText.escapedCount(of: scalar) ?? UTF8.width(scalar)
      }
    }
    return total
  }

  func count(_ text: String) -> Int { count(text[...]) }
}

extension JSONText {
  /// The bytes of the escape that stands for a character; `nil` where it stands for itself.
  static func escapedCount(of scalar: Unicode.Scalar) -> Int? {
    switch scalar {
    case "\"", "\\", "\n", "\r", "\t": 2
    case "<", ">", "&", "\u{2028}", "\u{2029}": 6
    default: scalar.value < 0x20 ? 6 : nil
    }
  }
}
