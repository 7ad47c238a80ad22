/// Texts made safe for where they are put.
enum Escaping {
  static func html(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    for byte in bytes {
      switch byte {
      case 0: out += "\u{fffd}".utf8
      case UInt8(ascii: "\""): out += "&#34;".utf8
      case UInt8(ascii: "'"): out += "&#39;".utf8
      case UInt8(ascii: "&"): out += "&amp;".utf8
      case UInt8(ascii: "<"): out += "&lt;".utf8
      case UInt8(ascii: ">"): out += "&gt;".utf8
      default: out.append(byte)
      }
    }
    return out
  }

  static func script(_ bytes: [UInt8]) -> String {
    var out = ""
    UTF8Text.forEach(bytes) { scalar, _ in
      switch scalar {
      case "\\": out += "\\\\"
      case "'": out += "\\'"
      case "\"": out += "\\\""
      case "<", ">", "&", "=": out += "\\u" + hex(scalar.value)
      default:
        if scalar.value < 0x20 || (!scalar.isASCII && !scalar.isGoPrintable) {
          out += "\\u" + hex(scalar.value)
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// Back from `query`.
  static func queryUnescaped(_ text: String) throws(GoError) -> [UInt8] {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "%") else {
        out.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        index += 1
        continue
      }
      let digits = String(decoding: bytes[(index + 1)...].prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
        let value = UInt8(digits, radix: 16)
      else {
        let wrong = Quoting.quoted(Array(bytes[index...].prefix(3)))
        throw GoError("invalid URL escape \(wrong)")
      }
      out.append(value)
      index += 3
    }
    return out
  }

  /// For a value in a URL's query: a space is `+`.
  static func query(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in bytes {
      let isLetter = (0x61...0x7a).contains(byte | 0x20) && byte >= 0x41
      if isLetter || (0x30...0x39).contains(byte) || "-_.~".utf8.contains(byte) {
        out.append(byte)
      } else if byte == 0x20 {
        out.append(UInt8(ascii: "+"))
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
