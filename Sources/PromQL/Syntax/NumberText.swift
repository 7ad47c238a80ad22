/// Numbers and durations as Prometheus writes them.
package enum NumberText {
  /// The shortest decimal that reads back as `value`, without an exponent: `+Inf`, `NaN`.
  package static func shortest(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let sign = value.sign == .minus ? "-" : ""
    let (digits, point) = digits(of: value.magnitude)
    if point <= 0 { return sign + "0." + zeros(-point) + digits }
    if point >= digits.utf8.count { return sign + digits + zeros(point - digits.utf8.count) }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }

  /// The significant digits, and how many of them stand before the point.
  private static func digits(of value: Double) -> (String, Int) {
    if value == 0 { return ("0", 1) }
    let parts = value.description.split(separator: "e", maxSplits: 1)
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts.first.map { $0.split(separator: ".", maxSplits: 1) } ?? []
    let whole = mantissa.first.map(String.init) ?? "0"
    var all = whole + (mantissa.count > 1 ? String(mantissa[1]) : "")
    var point = whole.utf8.count + exponent
    while all.hasPrefix("0"), all.utf8.count > 1 {
      all.removeFirst()
      point -= 1
    }
    while all.hasSuffix("0"), all.utf8.count > 1 { all.removeLast() }
    return (all, point)
  }

  private static func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, count)) }

  /// All digits and six behind the point, as C's `%f`, for whole numbers.
  static func fixed(_ value: Double) -> String {
    guard value.isFinite else { return shortest(value) }
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

  /// `1h30m`; years, weeks only where nothing smaller is left.
  package static func duration(milliseconds: Int64) -> String {
    if milliseconds == 0 { return "0s" }
    var rest = milliseconds.magnitude
    var text = milliseconds < 0 ? "-" : ""
    for unit in units where !unit.isExact || rest.isMultiple(of: unit.length) {
      let count = rest / unit.length
      guard count > 0 else { continue }
      text += "\(count)\(unit.name)"
      rest -= count * unit.length
    }
    return text
  }

  private static let units: [(name: String, length: UInt64, isExact: Bool)] = [
    ("y", 31_536_000_000, true), ("w", 604_800_000, true), ("d", 86_400_000, false),
    ("h", 3_600_000, false), ("m", 60_000, false), ("s", 1000, false), ("ms", 1, false),
  ]

  static func literal(_ literal: NumberLiteral) -> String {
    guard literal.isDuration, let milliseconds = Int64(exactly: (literal.value * 1000).rounded())
    else { return shortest(literal.value) }
    let isMinusZero = milliseconds == 0 && literal.value.sign == .minus
    return (isMinusZero ? "-" : "") + duration(milliseconds: milliseconds)
  }
}
