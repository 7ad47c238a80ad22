/// Numbers as Go writes them; every text that Prometheus users compare has this form. The digits
/// are always the fewest that read back as the same number.
public enum FloatText {
  /// Without an exponent, whatever the size: sample values, `count_values` (`'f', -1`).
  public static func decimal(_ value: Double) -> String {
    special(value) ?? plain(Digits(value))
  }

  /// With an exponent below 1e-4 and from 1e6 on: numbers in messages (`%g`).
  public static func general(_ value: Double) -> String {
    special(value) ?? general(Digits(value))
  }

  /// Always with an exponent of at least two digits: `1E+00` (`'E', -1`).
  public static func scientific(_ value: Double) -> String {
    special(value) ?? scientific(Digits(value), "E")
  }

  /// All digits and six behind the point, as C's `%f`, for whole numbers.
  static func fixed(_ value: Double) -> String {
    if let text = special(value) { return text }
    let whole = value.magnitude.rounded(.towardZero)
    var digits: [UInt8] = [0]  // the last one first
    for bit in binary(of: whole) {
      var carry: UInt8 = bit ? 1 : 0
      for index in digits.indices {
        let doubled = digits[index] * 2 + carry
        digits[index] = doubled % 10
        carry = doubled / 10
      }
      if carry > 0 { digits.append(carry) }
    }
    let text = digits.reversed().map(String.init).joined()
    return (value < 0 ? "-" : "") + text + ".000000"
  }

  /// The bits of a whole number, the highest first.
  private static func binary(of whole: Double) -> [Bool] {
    guard whole >= 1 else { return [] }
    let significand = whole.significandBitPattern | 1 << 52
    return (0...Int(whole.exponent)).map { place in
      place <= 52 && significand >> UInt64(52 - place) & 1 == 1
    }
  }

  private static func special(_ value: Double) -> String? {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return nil
  }

  private static func general(_ digits: Digits) -> String {
    let exponent = digits.point - 1
    return exponent < -4 || exponent >= 6 ? scientific(digits, "e") : plain(digits)
  }

  private static func scientific(_ digits: Digits, _ letter: String) -> String {
    let exponent = digits.point - 1
    var text = digits.sign + String(digits.text.prefix(1))
    if digits.text.count > 1 { text += "." + digits.text.dropFirst() }
    let size = String(abs(exponent))
    return text + letter + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" : "") + size
  }

  private static func plain(_ digits: Digits) -> String {
    let text = digits.text
    if digits.point <= 0 {
      let zeros = String(repeating: "0", count: -digits.point)
      return digits.sign + (text == "0" ? "0" : "0." + zeros + text)
    }
    if digits.point >= text.count {
      return digits.sign + text + String(repeating: "0", count: digits.point - text.count)
    }
    return digits.sign + text.prefix(digits.point) + "." + text.dropFirst(digits.point)
  }
}

/// The fewest decimal digits of a finite number: `0.<text> * 10^point`, the first not zero.
private struct Digits {
  var sign = ""
  var text = ""
  var point = 0

  init(_ value: Double) {
    var rest = Substring(value.description)
    if rest.first == "-" {
      sign = "-"
      rest = rest.dropFirst()
    }
    var exponent = 0
    if let e = rest.firstIndex(of: "e") {
      exponent = Int(rest[rest.index(after: e)...]) ?? 0
      rest = rest[..<e]
    }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    let whole = parts.first ?? "0"
    text = String(whole) + (parts.count > 1 ? String(parts[1]) : "")
    point = whole.count + exponent
    let zeros = text.prefix { $0 == "0" }.count
    text.removeFirst(min(zeros, text.count))
    point -= zeros
    while text.last == "0" { text.removeLast() }
    if text.isEmpty {
      text = "0"
      point = 1
    }
  }
}
