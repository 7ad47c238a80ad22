/// Cuts a template's text into tokens. Stops at the first mistake: the last token is `.end` or
/// `.failure`.
struct Lexer {
  private let input: [UInt8]
  private var index = 0
  /// Where the token begins that is being read.
  private var start = 0
  private var parentheses = 0
  private var tokens: [Token] = []
  private var lineStarts = LineStarts()

  static func tokens(of input: [UInt8]) -> [Token] {
    var lexer = Lexer(input: input)
    do throws(GoError) {
      while try lexer.textAndAction() {}
    } catch {
      lexer.append(.failure, Array(error.text.utf8))
    }
    return lexer.tokens
  }

  private init(input: [UInt8]) { self.input = input }

  private mutating func append(_ kind: Token.Kind, _ bytes: [UInt8]) {
    let place = lineStarts.place(of: start, in: input)
    tokens.append(Token(kind: kind, bytes: bytes, place: place))
  }

  private mutating func emit(_ kind: Token.Kind) {
    append(kind, Array(input[start..<index]))
    start = index
  }

  private mutating func ignore() { start = index }

  private func peek() -> Unicode.Scalar? { UTF8Text.scalar(input, at: index)?.scalar }

  private mutating func next() -> Unicode.Scalar? {
    guard let (scalar, length, _) = UTF8Text.scalar(input, at: index) else { return nil }
    index += length
    return scalar
  }

  private mutating func accept(_ set: String) -> Bool {
    guard let scalar = peek(), set.unicodeScalars.contains(scalar) else { return false }
    index += 1
    return true
  }

  private mutating func acceptRun(_ set: String) { while accept(set) {} }

  private func hasPrefix(_ prefix: String, at place: Int) -> Bool {
    place <= input.count && input[place...].starts(with: prefix.utf8)
  }

  private func find(_ text: String, from place: Int) -> Int? {
    let wanted = Array(text.utf8)
    guard let first = wanted.first else { return nil }
    var place = place
    while place < input.count {
      if input[place] == first, hasPrefix(text, at: place) { return place }
      place += 1
    }
    return nil
  }
}

// MARK: - Text, comments, delimiters

extension Lexer {
  /// Text, and the action or comment behind it; false at the end.
  private mutating func textAndAction() throws(GoError) -> Bool {
    guard let delimiter = find("{{", from: index) else {
      index = input.count
      if index > start { emit(.text) }
      emit(.end)
      return false
    }
    let trims = hasLeftMarker(at: delimiter + 2)
    index = delimiter
    if trims { while index > start, Self.isSpace(input[index - 1]) { index -= 1 } }
    if index > start { emit(.text) }
    index = delimiter
    ignore()
    index += 2
    let afterMarker = trims ? 2 : 0
    if hasPrefix("/*", at: index + afterMarker) {
      index += afterMarker
      ignore()
      try comment()
      return true
    }
    emit(.leftDelimiter)
    index += afterMarker
    ignore()
    parentheses = 0
    while try insideAction() {}
    return true
  }

  private mutating func comment() throws(GoError) {
    guard let end = find("*/", from: index + 2) else { throw GoError("unclosed comment") }
    index = end + 2
    guard let trims = rightDelimiter() else {
      throw GoError("comment ends before closing delimiter")
    }
    index += trims ? 4 : 2
    if trims { skipSpaces() }
    ignore()
  }

  /// Whether a right delimiter is next, and then whether it trims.
  private func rightDelimiter() -> Bool? {
    if hasRightMarker(at: index), hasPrefix("}}", at: index + 2) { return true }
    return hasPrefix("}}", at: index) ? false : nil
  }

  private mutating func closeAction(trims: Bool) {
    if trims {
      index += 2
      ignore()
    }
    index += 2
    emit(.rightDelimiter)
    if trims {
      skipSpaces()
      ignore()
    }
  }

  private mutating func skipSpaces() {
    while index < input.count, Self.isSpace(input[index]) { index += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }

  private func hasLeftMarker(at place: Int) -> Bool {
    place + 1 < input.count && input[place] == UInt8(ascii: "-") && Self.isSpace(input[place + 1])
  }

  private func hasRightMarker(at place: Int) -> Bool {
    place + 1 < input.count && Self.isSpace(input[place]) && input[place + 1] == UInt8(ascii: "-")
  }
}

// MARK: - Within an action

extension Lexer {
  /// One token of an action; false when the action has ended.
  private mutating func insideAction() throws(GoError) -> Bool {
    if let trims = rightDelimiter() {
      guard parentheses == 0 else { throw GoError("unclosed left paren") }
      closeAction(trims: trims)
      return false
    }
    guard let scalar = next() else { throw GoError("unclosed action") }
    switch scalar {
    case " ", "\t", "\r", "\n":
      index -= 1
      return spaces()
    case "=": emit(.assign)
    case ":":
      guard next() == "=" else { throw GoError("expected :=") }
      emit(.declare)
    case "|": emit(.pipe)
    case "\"": try quoted("\"", .string, "unterminated quoted string")
    case "'": try quoted("'", .characterConstant, "unterminated character constant")
    case "`": try rawString()
    case "$": try fieldOrVariable(.variable)
    case ".":
      let isNumber = index < input.count && (0x30...0x39).contains(input[index])
      if index < input.count, !isNumber { try fieldOrVariable(.field) } else { try number() }
    case "+", "-", "0"..."9": try number()
    case "(":
      parentheses += 1
      emit(.leftParenthesis)
    case ")":
      parentheses -= 1
      guard parentheses >= 0 else { throw GoError("unexpected right paren") }
      emit(.rightParenthesis)
    default:
      if scalar.isGoAlphanumeric {
        try identifier()
      } else if scalar.isASCII, scalar.isGoPrintable {
        emit(.character)
      } else {
        throw GoError("unrecognized character in action: " + scalar.goCodePoint)
      }
    }
    return true
  }

  /// A run of spaces; the last of them may belong to the delimiter. False when that closed.
  private mutating func spaces() -> Bool {
    skipSpaces()
    if hasRightMarker(at: index - 1), hasPrefix("}}", at: index + 1) {
      index -= 1
      if index == start {
        closeAction(trims: true)
        return false
      }
    }
    emit(.space)
    return true
  }

  private mutating func identifier() throws(GoError) {
    while let scalar = peek(), scalar.isGoAlphanumeric { _ = next() }
    try requireTerminator()
    let word = String(decoding: input[start..<index], as: UTF8.self)
    if let keyword = Token.Keyword(rawValue: word) {
      emit(.keyword(keyword))
    } else {
      switch word {
      case "nil": emit(.null)
      case "true", "false": emit(.bool)
      default: emit(.identifier)
      }
    }
  }

  private mutating func fieldOrVariable(_ kind: Token.Kind) throws(GoError) {
    if isAtTerminator {
      emit(kind == .variable ? .variable : .dot)
      return
    }
    while let scalar = peek(), scalar.isGoAlphanumeric { _ = next() }
    try requireTerminator()
    emit(kind)
  }

  private func requireTerminator() throws(GoError) {
    guard !isAtTerminator else { return }
    throw GoError("bad character " + (peek() ?? UTF8Text.replacement).goCodePoint)
  }

  private var isAtTerminator: Bool {
    switch peek() {
    case nil, " ", "\t", "\r", "\n", ".", ",", "|", ":", ")", "(": true
    default: hasPrefix("}}", at: index)
    }
  }

  private mutating func quoted(
    _ quote: Unicode.Scalar, _ kind: Token.Kind, _ problem: String
  ) throws(GoError) {
    while let scalar = next(), scalar != "\n" {
      if scalar == quote {
        emit(kind)
        return
      }
      if scalar == "\\" {
        guard let escaped = next(), escaped != "\n" else { break }
      }
    }
    throw GoError(problem)
  }

  private mutating func rawString() throws(GoError) {
    while let scalar = next() {
      if scalar == "`" {
        emit(.rawString)
        return
      }
    }
    throw GoError("unterminated raw quoted string")
  }

  /// What looks like a number: the parser says whether it is one.
  private mutating func number() throws(GoError) {
    index = start
    var isNumber = scanNumber()
    if isNumber, let sign = peek(), sign == "+" || sign == "-" {
      isNumber = scanNumber() && input[index - 1] == UInt8(ascii: "i")
    }
    guard isNumber else {
      throw GoError("bad number syntax: " + Quoting.quoted(Array(input[start..<index])))
    }
    emit(.number)
  }

  private mutating func scanNumber() -> Bool {
    _ = accept("+-")
    var digits = "0123456789_"
    var exponent = "eE"
    if accept("0") {
      if accept("xX") {
        digits = "0123456789abcdefABCDEF_"
        exponent = "pP"
      } else if accept("oO") {
        digits = "01234567_"
        exponent = ""
      } else if accept("bB") {
        digits = "01_"
        exponent = ""
      }
    }
    acceptRun(digits)
    if accept(".") { acceptRun(digits) }
    if accept(exponent) {
      _ = accept("+-")
      acceptRun("0123456789_")
    }
    _ = accept("i")
    guard let scalar = peek(), scalar.isGoAlphanumeric else { return true }
    _ = next()
    return false
  }
}

/// Counts lines while tokens go by, in order.
struct LineStarts {
  private var line = 1
  private var lineStart = 0
  private var seen = 0

  mutating func place(of index: Int, in input: [UInt8]) -> Place {
    while seen < index {
      if input[seen] == 0x0a {
        line += 1
        lineStart = seen + 1
      }
      seen += 1
    }
    return Place(line: line, column: index - lineStart)
  }
}
