/// What numbers, durations and strings in a query's text mean.
package enum LiteralText {
  /// As Go reads it: hexadecimal, octal (`0755`) and decimal whole numbers, decimal fractions,
  /// underscores, `Inf` and `NaN` in any case.
  ///
  /// - Throws: `LiteralError`, in Go's words.
  package static func number(_ text: String) throws(LiteralError) -> Double {
    switch text.lowercased() {
    case "inf": return .infinity
    case "nan": return .nan
    default: break
    }
    let plain = text.filter { $0 != "_" }
    if !text.hasSuffix("_"), let whole = whole(plain) { return Double(whole) }
    let isHexadecimal = plain.hasPrefix("0x") || plain.hasPrefix("0X")
    guard !isHexadecimal, !text.hasSuffix("_"),
      let value = Double(plain.hasSuffix(".") ? plain + "0" : plain)
    else {
      throw LiteralError("strconv.ParseFloat: parsing \(text.quoted): invalid syntax")
    }
    guard value.isFinite else {
      throw LiteralError("strconv.ParseFloat: parsing \(text.quoted): value out of range")
    }
    return value
  }

  private static func whole(_ text: String) -> Int64? {
    guard text.hasPrefix("0"), text.utf8.count > 1 else { return Int64(text) }
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    return isHexadecimal
      ? Int64(text.dropFirst(2), radix: 16) : Int64(text.dropFirst(1), radix: 8)
  }

  private static let units: [(name: String, nanoseconds: UInt64)] = [
    ("y", 31_536_000_000_000_000), ("w", 604_800_000_000_000), ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
  ]

  /// `1h30m` in nanoseconds: every unit at most once, the long ones first.
  ///
  /// - Throws: `LiteralError`, in Prometheus's words.
  package static func duration(_ text: String) throws(LiteralError) -> Int64 {
    if text == "0" { return 0 }
    if text.isEmpty { throw LiteralError("empty duration string") }
    let malformed = LiteralError("not a valid duration string: \(text.quoted)")
    var total: UInt64 = 0
    var nextUnit = 0
    var rest = text.utf8[...]
    while !rest.isEmpty {
      let digits = rest.prefix { Lexer.isDigit($0) }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !Lexer.isDigit($0) }
      rest = rest.dropFirst(unit.count)
      guard let count = UInt64(String(decoding: digits, as: UTF8.self)), !unit.isEmpty else {
        throw malformed
      }
      let name = String(decoding: unit, as: UTF8.self)
      guard let place = units.firstIndex(where: { $0.name == name }) else {
        throw LiteralError("unknown unit \(name.quoted) in duration \(text.quoted)")
      }
      guard place >= nextUnit else { throw malformed }
      nextUnit = place + 1
      let (product, overflows) = count.multipliedReportingOverflow(by: units[place].nanoseconds)
      let (sum, sumOverflows) = total.addingReportingOverflow(product)
      guard !overflows, !sumOverflows, sum <= UInt64(Int64.max) else {
        throw LiteralError("duration out of range")
      }
      total = sum
    }
    return Int64(total)
  }

  /// The text between the quotes with its escapes resolved. The lexer has let only good strings
  /// through. Bytes that make no UTF-8 together (`"\xff"`) become the replacement character.
  package static func unquoted(_ text: String) -> String {
    let inner = text.utf8.dropFirst().dropLast()
    if text.utf8.first == UInt8(ascii: "`") || !inner.contains(UInt8(ascii: "\\")) {
      return String(decoding: inner, as: UTF8.self)
    }
    var out: [UInt8] = []
    var rest = inner[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\") { escape(from: &rest, into: &out) } else { out.append(byte) }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func escape(from rest: inout Substring.UTF8View, into out: inout [UInt8]) {
    guard let byte = rest.popFirst() else { return }
    func number(_ count: Int, _ radix: Int) -> UInt32 {
      let digits = String(decoding: rest.prefix(count), as: UTF8.self)
      rest = rest.dropFirst(count)
      return UInt32(digits, radix: radix) ?? 0xfffd
    }
    switch UnicodeScalar(byte) {
    case "a": out.append(0x07)
    case "b": out.append(0x08)
    case "f": out.append(0x0c)
    case "n": out.append(0x0a)
    case "r": out.append(0x0d)
    case "t": out.append(0x09)
    case "v": out.append(0x0b)
    case "x": out.append(UInt8(truncatingIfNeeded: number(2, 16)))
    case "0"..."7":
      let first = UInt32(byte - UInt8(ascii: "0"))
      out.append(UInt8(truncatingIfNeeded: first * 64 + number(2, 8)))
    case "u": append(number(4, 16), to: &out)
    case "U": append(number(8, 16), to: &out)
    default: out.append(byte)
    }
  }

  private static func append(_ value: UInt32, to out: inout [UInt8]) {
    out.append(contentsOf: String(Character(UnicodeScalar(value) ?? "\u{fffd}")).utf8)
  }
}

/// Why a number or duration is none.
package struct LiteralError: Error, Equatable {
  package var message: String

  package init(_ message: String) { self.message = message }
}
