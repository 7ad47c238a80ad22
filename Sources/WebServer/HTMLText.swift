/// Outside text made safe for HTML: in an element, and in a quoted attribute.
struct HTMLText: CustomStringConvertible {
  let description: String

  /// Longer text is cut here.
  static let limit = 2000

  init(_ text: String) {
    var out = ""
    for scalar in text.unicodeScalars.prefix(Self.limit) {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      case _ where Self.isTreacherous(scalar): out.unicodeScalars.append("\u{FFFD}")
      default: out.unicodeScalars.append(scalar)
      }
    }
    if text.unicodeScalars.dropFirst(Self.limit).first != nil { out += "…" }
    description = out
  }

  /// Controls, and marks that turn the text around them: not shown, but they change what is shown.
  private static func isTreacherous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true
    case 0x061c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb: true
    case 0xe0000...0xe007f: true
    default: false
    }
  }
}
