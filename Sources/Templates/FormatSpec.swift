/// What stands between `%` and the verb, and the values that it lays out: Go's `fmt`.
struct FormatSpec {
  var width: Int?
  var precision: Int?
  var minus = false
  var plus = false
  var sharp = false
  var space = false
  var zero = false
  /// `%+v` and `%#v`, where the flags mean something else.
  var plusV = false
  var sharpV = false

  /// Filled up to the width, counted in characters.
  func padded(_ bytes: [UInt8], zero: Bool? = nil) -> [UInt8] {
    guard let width else { return bytes }
    let missing = width - UTF8Text.count(bytes)
    guard missing > 0 else { return bytes }
    if minus { return bytes + [UInt8](repeating: 0x20, count: missing) }
    let fill: UInt8 = zero ?? self.zero ? 0x30 : 0x20
    return [UInt8](repeating: fill, count: missing) + bytes
  }

  func string(_ bytes: [UInt8]) -> [UInt8] { padded(Array(truncated(bytes))) }

  private func truncated(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    precision.map { UTF8Text.prefix(bytes, scalars: $0) } ?? bytes[...]
  }

  func quoted(_ bytes: [UInt8]) -> [UInt8] {
    let bytes = Array(truncated(bytes))
    let text =
      sharp && Quoting.canBackquote(bytes)
      ? "`" + String(decoding: bytes, as: UTF8.self) + "`" : Quoting.quoted(bytes, ascii: plus)
    return padded(Array(text.utf8))
  }

  /// `%x`; with a space between bytes and `0x` before them when the flags say so.
  func hex(_ bytes: [UInt8], upper: Bool) -> [UInt8] {
    let digits = Array((upper ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
    let prefix = Array((upper ? "0X" : "0x").utf8)
    var out: [UInt8] = []
    for (place, byte) in bytes.prefix(precision ?? bytes.count).enumerated() {
      if space, place > 0 { out.append(0x20) }
      if sharp, space || place == 0 { out += prefix }
      out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return padded(out)
  }

  /// A whole number; `O`: octal with `0o` before it.
  func integer(
    _ magnitude: UInt64, isNegative: Bool, base: Int, verb: Unicode.Scalar
  ) -> [UInt8] {
    var least = 0
    if let precision {
      least = precision
      if precision == 0, magnitude == 0 { return padded([], zero: false) }
    } else if zero, !minus, let width {
      least = width - (isNegative || plus || space ? 1 : 0)
    }
    var text = Array(String(magnitude, radix: base, uppercase: verb == "X").utf8)
    text.insert(contentsOf: [UInt8](repeating: 0x30, count: max(0, least - text.count)), at: 0)
    if sharp {
      switch base {
      case 2: text = Array("0b".utf8) + text
      case 8: if text.first != 0x30 { text.insert(0x30, at: 0) }
      case 16: text = Array((verb == "X" ? "0X" : "0x").utf8) + text
      default: break
      }
    }
    if verb == "O" { text = Array("0o".utf8) + text }
    if isNegative {
      text.insert(UInt8(ascii: "-"), at: 0)
    } else if plus {
      text.insert(UInt8(ascii: "+"), at: 0)
    } else if space {
      text.insert(0x20, at: 0)
    }
    return padded(text, zero: false)
  }

  func unicode(_ value: UInt64) -> [UInt8] {
    let digits = String(value, radix: 16, uppercase: true)
    let least = max(precision ?? 4, 4)
    var text = "U+" + String(repeating: "0", count: max(0, least - digits.count)) + digits
    if sharp, let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init),
      scalar.isGoPrintable
    {
      text += " '\(scalar)'"
    }
    return padded(Array(text.utf8), zero: false)
  }

  /// U+FFFD for what is no character.
  func character(_ value: UInt64, quoted: Bool) -> [UInt8] {
    let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) ?? UTF8Text.replacement
    let bytes = Array(String(scalar).utf8)
    return padded(quoted ? Array(Quoting.quoted(bytes, by: "'", ascii: plus).utf8) : bytes)
  }
}

// MARK: - Floats

extension FormatSpec {
  /// By one of the verbs `v e E f F g G x X b`.
  func float(_ value: Double, _ verb: Unicode.Scalar) -> [UInt8] {
    if value.isNaN {
      return padded(Array((plus ? "+NaN" : space ? " NaN" : "NaN").utf8), zero: false)
    }
    var sign = value.sign == .minus ? "-" : "+"
    if sign == "+", space, !plus { sign = " " }
    if value.isInfinite { return padded(Array((sign + "Inf").utf8), zero: false) }
    let body = Array(magnitude(value.magnitude, verb).utf8)
    guard plus || sign != "+" else { return padded(body) }
    let text = Array(sign.utf8) + body
    guard zero, !minus, let width, width > text.count else { return padded(text) }
    return Array(sign.utf8) + [UInt8](repeating: 0x30, count: width - text.count) + body
  }

  private func magnitude(_ value: Double, _ verb: Unicode.Scalar) -> String {
    switch verb {
    case "e", "E": return sharpened(exponential(value, precision ?? 6, verb), verb)
    case "f", "F": return sharpened(fixed(value, precision ?? 6), verb)
    case "x", "X": return sharpened(FloatBits.hex(value, precision, upper: verb == "X"), verb)
    case "b": return FloatBits.binary(value)
    default: return sharpened(general(value, upper: verb == "G"), verb)
    }
  }

  /// With the flag `#` there is a point, and for some verbs zeros as many as the precision says.
  private func sharpened(_ text: String, _ verb: Unicode.Scalar) -> String {
    guard sharp else { return text }
    let isHex = verb == "x" || verb == "X"
    let hasZeros = ["v", "g", "G", "x"].contains(verb)
    var digits = hasZeros ? precision ?? 6 : 0
    let body = text.prefix { !(isHex ? "pP" : "eEpP").contains($0) }
    var hasBegun = false
    for character in body where character != "." {
      hasBegun = hasBegun || character != "0"
      if hasBegun { digits -= 1 }
    }
    var out = String(body)
    if !body.contains(".") {
      if body == "0" { digits -= 1 }
      out += "."
    }
    return out + String(repeating: "0", count: max(digits, 0)) + text.dropFirst(body.count)
  }

  private func exponential(_ value: Double, _ precision: Int, _ verb: Unicode.Scalar) -> String {
    var number = FloatDigits(exact: value)
    number.round(to: precision + 1)
    return Self.exponential(number, precision, upper: verb == "E")
  }

  private static func exponential(_ number: FloatDigits, _ precision: Int, upper: Bool) -> String {
    var text = String(number.digit(0))
    if precision > 0 {
      text += "."
      for place in 1...precision { text += String(number.digit(place)) }
    }
    let exponent = number.digits.isEmpty ? 0 : number.point - 1
    let size = String(exponent.magnitude)
    return text + (upper ? "E" : "e") + (exponent < 0 ? "-" : "+")
      + (size.count < 2 ? "0" : "") + size
  }

  private func fixed(_ value: Double, _ precision: Int) -> String {
    var number = FloatDigits(exact: value)
    number.round(to: number.point + precision)
    return Self.fixed(number, precision)
  }

  private static func fixed(_ number: FloatDigits, _ precision: Int) -> String {
    var text = ""
    for place in 0..<max(number.point, 0) { text += String(number.digit(place)) }
    if text.isEmpty { text = "0" }
    guard precision > 0 else { return text }
    text += "."
    for place in 0..<precision { text += String(number.digit(number.point + place)) }
    return text
  }

  /// With an exponent where the number is small or large.
  private func general(_ value: Double, upper: Bool) -> String {
    var number: FloatDigits
    var largest = 6
    if let precision {
      number = FloatDigits(exact: value)
      largest = max(precision, 1)
      number.round(to: largest)
      let count = number.digits.count
      if largest > count, count >= number.point { largest = count }
    } else {
      number = FloatDigits(shortest: value)
    }
    let count = number.digits.count
    let exponent = number.point - 1
    if count > 0, exponent < -4 || exponent >= largest {
      return Self.exponential(number, count - 1, upper: upper)
    }
    return Self.fixed(number, max(count - number.point, 0))
  }
}

/// Floats by their bits.
enum FloatBits {
  /// `4503599627370496p-52`
  static func binary(_ value: Double) -> String {
    let isNormal = value.isNormal
    let significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
    let exponent = (isNormal ? Int(value.exponentBitPattern) : 1) - 1075
    return "\(significand)p" + (exponent < 0 ? "" : "+") + "\(exponent)"
  }

  /// `0x1.8p+01`
  static func hex(_ value: Double, _ precision: Int?, upper: Bool) -> String {
    var exponent = value == 0 ? 0 : Int(value.exponent)
    // 1.52 bits; a subnormal number is shifted up.
    var bits = value == 0 ? 0 : value.significand.significandBitPattern | 1 << 52
    if let precision, precision < 13 {
      let dropped = UInt64(4 * (13 - precision))
      let half = UInt64(1) << (dropped - 1)
      let rest = bits & (half << 1 - 1)
      bits >>= dropped
      if rest > half || (rest == half && bits & 1 == 1) { bits += 1 }
      bits <<= dropped
      if bits >> 53 != 0 {
        bits >>= 1
        exponent += 1
      }
    }
    var digits = String(bits & (1 << 52 - 1), radix: 16)
    digits = String(repeating: "0", count: max(0, 13 - digits.count)) + digits
    if let precision {
      digits = String(digits.prefix(precision))
      digits += String(repeating: "0", count: max(0, precision - digits.count))
    } else {
      while digits.last == "0" { digits.removeLast() }
    }
    let size = String(exponent.magnitude)
    let text =
      "0x\(bits >> 52)" + (digits.isEmpty ? "" : "." + digits)
      + "p" + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" : "") + size
    return upper ? text.uppercased() : text
  }
}
