/// A number of a template: what it is as each kind of Go's numbers.
struct NumberLiteral: Sendable {
  let text: String
  let integer: Int64?
  let unsigned: UInt64?
  let float: Double?

  /// Throws Go's words for what is no number.
  init(_ bytes: [UInt8], isCharacter: Bool) throws(GoError) {
    text = String(decoding: bytes, as: UTF8.self)
    if isCharacter {
      let value = try Quoting.character(bytes)
      (integer, unsigned, float) = (value, UInt64(value), Double(value))
      return
    }
    if bytes.last == UInt8(ascii: "i") {
      throw GoError("complex numbers are not known: " + Quoting.quoted(bytes))
    }
    let signed = Self.integer(bytes)
    let plain = bytes.first.map { $0 != 0x2b && $0 != 0x2d } == true ? signed : nil
    if let signed, let value = Int64(exactly: signed) {
      integer = value
      unsigned = plain.flatMap { UInt64(exactly: $0) } ?? (value == 0 ? 0 : nil)
      float = Double(value)
    } else if let plain, let value = UInt64(exactly: plain) {
      (integer, unsigned, float) = (nil, value, Double(value))
    } else if let value = try? GoNumber.float(bytes) {
      guard bytes.contains(where: { ".eEpP".utf8.contains($0) }) else {
        throw GoError("integer overflow: " + Quoting.quoted(bytes))
      }
      (integer, unsigned, float) = (Int64(exactly: value), UInt64(exactly: value), value)
    } else {
      throw GoError("illegal number syntax: " + Quoting.quoted(bytes))
    }
  }

  /// Whether it is a float where no type is asked for.
  var isFloat: Bool {
    let isHex = text.hasPrefix("0x") || text.hasPrefix("0X")
    if text.hasPrefix("'") { return false }
    if isHex { return text.contains { "pP".contains($0) } }
    return text.contains { ".eEpP".contains($0) }
  }

  /// Go's integer literals with their prefixes and underscores; `nil` for anything else.
  private static func integer(_ bytes: [UInt8]) -> Int128? {
    var rest = bytes[...]
    var sign: Int128 = 1
    if let first = rest.first, first == 0x2b || first == 0x2d {
      sign = first == 0x2d ? -1 : 1
      rest = rest.dropFirst()
    }
    var radix: Int128 = 10
    var wasDigit = false  // an underscore may stand behind the prefix
    if rest.count > 1, rest.first == 0x30 {
      let letter = rest.dropFirst().first.map { $0 | 0x20 } ?? 0
      let radixes: [UInt8: Int128] = [
        UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2,
      ]
      radix = radixes[letter] ?? 8
      rest = rest.dropFirst(radixes[letter] == nil ? 1 : 2)
      wasDigit = true
      if rest.isEmpty { return nil }
    }
    var value: Int128 = 0
    for byte in rest {
      if byte == UInt8(ascii: "_") {
        guard wasDigit else { return nil }
        wasDigit = false
        continue
      }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix,
        value < Int128(UInt64.max)
      else { return nil }
      value = value * radix + Int128(digit)
      wasDigit = true
    }
    return wasDigit ? sign * value : nil
  }
}

/// Go's `strconv.ParseFloat`.
enum GoNumber {
  static func float(_ bytes: [UInt8]) throws(GoError) -> Double {
    func failure(_ why: String) -> GoError {
      GoError("strconv.ParseFloat: parsing \(Quoting.quoted(bytes)): \(why)")
    }
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    let unsigned = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text[...]
    switch unsigned {
    case "inf", "infinity": return text.hasPrefix("-") ? -.infinity : .infinity
    case "nan": if unsigned.count == text.count { return .nan }
    default: break
    }
    guard isFloat(Array(unsigned.utf8)),
      let value = Double(text.filter { $0 != "_" && $0 != "+" })
    else { throw failure("invalid syntax") }
    guard value.isFinite else { throw failure("value out of range") }
    return value
  }

  /// Whether the text, in lower case and without a sign, is a float literal.
  private static func isFloat(_ bytes: [UInt8]) -> Bool {
    let isHex = bytes.starts(with: "0x".utf8)
    var rest = bytes[...].dropFirst(isHex ? 2 : 0)
    func isDigit(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (isHex && (0x61...0x66).contains(byte))
    }
    var digits = 0
    var points = 0
    var wasDigit = isHex  // an underscore may stand behind the prefix
    while let byte = rest.first {
      if byte == UInt8(ascii: "_") {
        guard wasDigit, let next = rest.dropFirst().first, isDigit(next) else { return false }
      } else if byte == UInt8(ascii: ".") {
        points += 1
      } else if isDigit(byte) {
        digits += 1
      } else {
        break
      }
      wasDigit = isDigit(byte)
      rest = rest.dropFirst()
    }
    guard digits > 0, points <= 1 else { return false }
    guard let mark = rest.first else { return !isHex }
    guard mark == (isHex ? UInt8(ascii: "p") : UInt8(ascii: "e")) else { return false }
    rest = rest.dropFirst()
    if rest.first == 0x2b || rest.first == 0x2d { rest = rest.dropFirst() }
    let parts = rest.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    }
  }
}
