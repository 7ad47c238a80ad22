/// Cuts a query's text into tokens, one at a time, since what a character means depends on the
/// brackets around it. Prometheus's rules and messages, token by token.
package struct Lexer: Sendable {
  let bytes: [UInt8]
  /// Where the token begins that is being read.
  private(set) var start = 0
  package var position = 0
  private var openParentheses = 0
  private var isInBraces = false
  private var isInBrackets = false
  /// In brackets, before the first number: there is no lexing of names yet.
  private var isBeforeNumber = false
  private var hasColon = false
  private var hasDuration = false

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next token; after one of kind `end` or `error` there is nothing more to read.
  package mutating func next() -> Token {
    skipBlanks()
    start = position
    if isInBraces { return tokenInBraces() }
    if isBeforeNumber { return tokenInDuration() }
    return tokenInStatement()
  }

  private mutating func skipBlanks() {
    while let byte = peek() {
      if Self.isBlank(byte) {
        position += 1
      } else if byte == UInt8(ascii: "#"), !isBeforeNumber {
        while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
          position += 1
        }
      } else {
        return
      }
    }
  }

  // MARK: - Outside of braces and brackets

  private mutating func tokenInStatement() -> Token {
    guard let byte = peek() else {
      if openParentheses != 0 { return failure("unclosed left parenthesis") }
      if isInBrackets { return failure("unclosed left bracket") }
      return token(.end)
    }
    if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
      return numberOrDuration()
    }
    if Self.isAlpha(byte) || byte == UInt8(ascii: ":") {
      return isInBrackets ? wordInBrackets(byte) : word()
    }
    let scalar = advance()
    if let op = arithmetic(byte) { return token(.op(op)) }
    switch UnicodeScalar(byte) {
    case "=": return afterEqualSign()
    case "!":
      if accept("=") { return token(.op(.notEqual)) }
      return failure("unexpected character after '!': \(Self.quote(advance()))")
    case "<":
      if accept("=") { return token(.op(.lessOrEqual)) }
      return accept("/") ? token(.op(.trimUpper)) : token(.op(.less))
    case ">":
      if accept("=") { return token(.op(.greaterOrEqual)) }
      return accept("/") ? token(.op(.trimLower)) : token(.op(.greater))
    case ",": return token(.comma)
    case "@": return token(.at)
    case "\"", "'": return string(closedBy: byte)
    case "`": return rawString()
    case "(", ")": return parenthesis(byte)
    case "{":
      isInBraces = true
      return token(.leftBrace)
    case "[": return leftBracket()
    case "]":
      guard isInBrackets else { return failure("unexpected right bracket ']'") }
      isInBrackets = false
      return token(.rightBracket)
    default: return failure("unexpected character: \(Self.quote(scalar))")
    }
  }

  private func arithmetic(_ byte: UInt8) -> BinaryOperator? {
    switch UnicodeScalar(byte) {
    case "+": .add
    case "-": .subtract
    case "*": .multiply
    case "/": .divide
    case "%": .modulo
    case "^": .power
    default: nil
    }
  }

  private mutating func afterEqualSign() -> Token {
    if accept("=") { return token(.op(.equal)) }
    guard peek() == UInt8(ascii: "~") else { return token(.equal) }
    return failure("unexpected character after '=': '~'")
  }

  private mutating func parenthesis(_ byte: UInt8) -> Token {
    if byte == UInt8(ascii: "(") {
      openParentheses += 1
      return token(.leftParenthesis)
    }
    openParentheses -= 1
    guard openParentheses >= 0 else {
      start = position
      return failure("unexpected right parenthesis ')'")
    }
    return token(.rightParenthesis)
  }

  private mutating func leftBracket() -> Token {
    guard !isInBrackets else { return failure("unexpected left bracket '['") }
    hasColon = false
    hasDuration = false
    isInBrackets = true
    isBeforeNumber = true
    return token(.leftBracket)
  }

  private mutating func word() -> Token {
    while let byte = peek(), Self.isAlphanumeric(byte) || byte == UInt8(ascii: ":") {
      position += 1
    }
    let text = self.text
    let isPlain = !text.utf8.contains(UInt8(ascii: ":"))
    return token(Token.kind(ofWord: text) ?? (isPlain ? .identifier : .metricIdentifier))
  }

  // MARK: - In brackets

  /// Behind a number: `step()` and the like, or the colon of a subquery.
  private mutating func wordInBrackets(_ byte: UInt8) -> Token {
    if byte == UInt8(ascii: ":") {
      position += 1
      guard !hasColon else { return failure("unexpected colon ':'") }
      hasColon = true
      return token(.colon)
    }
    if let word = durationWord() { return word }
    return failure("unexpected character: \(Self.quote(UnicodeScalar(byte))), expected ':'")
  }

  private mutating func durationWord() -> Token? {
    while Self.isAlpha(peek()) { position += 1 }
    guard case .preprocessor(let word) = Token.kind(ofWord: text), word != .start, word != .end
    else { return nil }
    return token(.preprocessor(word))
  }

  private mutating func tokenInDuration() -> Token {
    guard let byte = peek() else {
      return failure("unexpected end of input in duration expression")
    }
    if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
      hasDuration = true
      isBeforeNumber = false
      return numberOrDuration()
    }
    if Self.isAlpha(byte), let word = durationWord() {
      hasDuration = true
      return word
    }
    position = start
    let scalar = advance()
    if let op = arithmetic(byte) { return token(.op(op)) }
    switch UnicodeScalar(byte) {
    case "]":
      isInBrackets = false
      isBeforeNumber = false
      return token(.rightBracket)
    case ":": return colonInDuration()
    case "(", ")": return parenthesis(byte)
    case ",": return token(.comma)
    default: return failure("unexpected character in duration expression: \(Self.quote(scalar))")
    }
  }

  private mutating func colonInDuration() -> Token {
    guard hasDuration, !hasColon else {
      start = position
      return failure(
        hasDuration
          ? "unexpected repeated colon in duration expression"
          : "unexpected colon before duration in duration expression")
    }
    hasColon = true
    return token(.colon)
  }

  // MARK: - In braces

  private mutating func tokenInBraces() -> Token {
    guard let byte = peek() else { return failure("unexpected end of input inside braces") }
    let scalar = advance()
    if Self.isAlpha(byte) {
      while Self.isAlphanumeric(peek()) { position += 1 }
      return token(.identifier)
    }
    switch UnicodeScalar(byte) {
    case ",": return token(.comma)
    case "\"", "'": return string(closedBy: byte)
    case "`": return rawString()
    case "=": return accept("~") ? token(.matches) : token(.equal)
    case "!":
      if accept("~") { return token(.doesNotMatch) }
      if accept("=") { return token(.op(.notEqual)) }
      return failure("unexpected character after '!' inside braces: \(Self.quote(advance()))")
    case "{": return failure("unexpected left brace '{'")
    case "}":
      isInBraces = false
      return token(.rightBrace)
    default: return failure("unexpected character inside braces: \(Self.quote(scalar))")
    }
  }

  // MARK: - What tokens are made of

  private var text: String { String(decoding: bytes[start..<position], as: UTF8.self) }

  func token(_ kind: Token.Kind) -> Token {
    Token(kind: kind, text: text, range: start..<position)
  }

  /// The rest of the text is in the error's range, as in Prometheus.
  func failure(_ message: String) -> Token {
    Token(kind: .error, text: message, range: start..<max(start, bytes.count))
  }

  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  mutating func accept(_ scalar: UnicodeScalar) -> Bool {
    guard let byte = peek(), UnicodeScalar(byte) == scalar else { return false }
    position += 1
    return true
  }

  /// Reads a character; `nil` at the end and for a byte that is no UTF-8.
  mutating func advance() -> UnicodeScalar? {
    guard position < bytes.count else { return nil }
    var decoder = UTF8()
    var input = bytes[position..<min(bytes.count, position + 4)].makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&input) else {
      position += 1
      return nil
    }
    position += UTF8.width(scalar)
    return scalar
  }

  /// In single quotes, as Go writes a character; no character is the replacement character.
  static func quote(_ scalar: UnicodeScalar?) -> String {
    switch scalar ?? "\u{fffd}" {
    case "'": #"'\''"#
    case "\"": #"'"'"#
    case let other: "'" + String(Character(other)).quoted.dropFirst().dropLast() + "'"
    }
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }
  static func isDigit(_ byte: UInt8?) -> Bool {
    byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }
  static func isAlpha(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte == UInt8(ascii: "_")
      || (byte >= 0x41 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20))
  }
  static func isAlphanumeric(_ byte: UInt8?) -> Bool { isAlpha(byte) || isDigit(byte) }
}

extension UTF8 {
  static func width(_ scalar: UnicodeScalar) -> Int {
    switch scalar.value {
    case ..<0x80: 1
    case ..<0x800: 2
    case ..<0x10000: 3
    default: 4
    }
  }
}
