/// Numbers as YAML has them without quotes, for values that are not settings.
enum YAMLNumber {
  /// Decimal, `0x`, `0o` or `0b`, `.inf` and `.nan`; `nil` for anything else.
  static func value(of text: String) -> Double? {
    guard text.utf8.count <= 400 else { return nil }
    var digits = text[...]
    let sign = digits.first
    if sign == "-" || sign == "+" { digits = digits.dropFirst() }
    guard let magnitude = magnitude(of: String(digits)) else { return nil }
    return sign == "-" ? -magnitude : magnitude
  }

  private static func magnitude(of text: String) -> Double? {
    switch text {
    case ".inf", ".Inf", ".INF": return .infinity
    case ".nan", ".NaN", ".NAN": return .nan
    default: break
    }
    let plain = text.filter { $0 != "_" }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
      let digits = plain.dropFirst(2)
      guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+")
      else { return nil }
      return UInt64(digits, radix: radix).map { Double($0) }
    }
    guard plain.utf8.first.map({ $0.isDigit || $0 == UInt8(ascii: ".") }) ?? false,
      plain.utf8.allSatisfy({ $0.isDigit || ".eE+-".utf8.contains($0) })
    else { return nil }
    return Double(plain) ?? (plain.hasSuffix(".") ? Double(plain.dropLast()) : nil)
  }
}
