/// Numbers, durations and strings.
extension Lexer {
  mutating func numberOrDuration() -> Token {
    if scanNumber() { return token(.number) }
    if scanRestOfDuration() { return token(.duration) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return failure("bad number or duration syntax: \(text.quoted)")
  }

  private mutating func accept(any set: StaticString) -> Bool {
    guard let byte = peek(), Self.contains(set, byte) else { return false }
    position += 1
    return true
  }

  private static func contains(_ set: StaticString, _ byte: UInt8) -> Bool {
    "\(set)".utf8.contains(byte)
  }

  /// False where the text is no number: the position then is where that became clear.
  private mutating func scanNumber() -> Bool {
    var isHexadecimal = false
    if accept("0"), accept(any: "xX") {
      isHexadecimal = true
      _ = accept("_")
    }
    var hasDot = false
    var hasExponent = false
    if !isHexadecimal, accept(".") { hasDot = true }
    while let byte = peek() {
      if Self.isDigit(byte) || (isHexadecimal && Self.isHexadecimalDigit(byte)) {
        position += 1
      } else if accept(".") {
        if hasDot || isHexadecimal || accept(any: "_.") { return false }
        hasDot = true
      } else if accept(any: "eE") {
        if hasExponent { return false }
        hasExponent = true
        _ = accept(any: "+-")
        if peek() == nil || accept(any: "._eE") { return false }
      } else if accept("_") {
        if peek() == nil || accept(any: "._eE") { return false }
      } else {
        break
      }
    }
    return !Self.isAlphanumeric(peek())
  }

  private static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte >= 0x41 && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20))
  }

  /// Units behind the digits that have been read. Whether they go together is seen later.
  private mutating func scanRestOfDuration() -> Bool {
    guard accept(any: "smhdwy") else { return false }
    _ = accept("s")
    while Self.isDigit(peek()) {
      while Self.isDigit(peek()) { position += 1 }
      guard accept(any: "smhdw") else { return false }
      _ = accept("s")
    }
    guard Self.isAlphanumeric(peek()) else { return true }
    position += 1
    return false
  }

  // MARK: - Strings

  /// The opening quote has been read.
  mutating func string(closedBy quote: UInt8) -> Token {
    while let byte = peek() {
      guard let scalar = advance() else { return failure("invalid UTF-8 rune") }
      if scalar == "\\" {
        if let failure = escape(in: quote) { return failure }
      } else if scalar == "\n" {
        return failure("unterminated quoted string")
      } else if byte == quote {
        return token(.string)
      }
    }
    return failure("unterminated quoted string")
  }

  mutating func rawString() -> Token {
    while peek() != nil {
      guard let scalar = advance() else { return failure("invalid UTF-8 rune") }
      if scalar == "`" { return token(.string) }
    }
    return failure("unterminated raw string")
  }

  /// What stands behind a backslash; a token only when it is wrong.
  private mutating func escape(in quote: UInt8) -> Token? {
    guard let byte = peek() else { return failure("escape sequence not terminated") }
    if Self.contains("abfnrtv\\", byte) || byte == quote {
      position += 1
      return nil
    }
    var digits = 3
    var base: UInt32 = 8
    switch UnicodeScalar(byte) {
    case "0"..."7": break
    case "x": (digits, base) = (2, 16)
    case "u": (digits, base) = (4, 16)
    case "U": (digits, base) = (8, 16)
    default: return failure("unknown escape sequence \(Self.named(advance()))")
    }
    if base == 16 { position += 1 }
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard peek() != nil else { return failure("escape sequence not terminated") }
      let scalar = advance()
      guard let digit = Self.digit(scalar), digit < base else {
        return failure("illegal character \(Self.named(scalar)) in escape sequence")
      }
      value = value &* base &+ digit
    }
    let most: UInt32 = digits < 4 ? 255 : 0x10ffff
    guard value <= most, !(0xd800..<0xe000).contains(value) else {
      return failure("escape sequence is an invalid Unicode code point")
    }
    return nil
  }

  private static func digit(_ scalar: UnicodeScalar?) -> UInt32? {
    guard let scalar, scalar.isASCII else { return nil }
    return Character(scalar).hexDigitValue.map(UInt32.init)
  }

  /// `U+0063 'c'`
  private static func named(_ scalar: UnicodeScalar?) -> String {
    let scalar = scalar ?? "\u{fffd}"
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let quoted = quote(scalar)
    return quoted.hasPrefix("'\\") && scalar != "'" && scalar != "\\" ? name : "\(name) \(quoted)"
  }
}
