/// Go's string and character literals, read and written.
enum Quoting {
  /// As `%q` and `strconv.Quote` have it. `ascii`: everything else is escaped.
  static func quoted(_ bytes: [UInt8], by quote: Unicode.Scalar = "\"", ascii: Bool = false)
    -> String
  {
    var out = String(quote)
    var index = 0
    while let (scalar, length, isValid) = UTF8Text.scalar(bytes, at: index) {
      if isValid {
        append(scalar, quote, ascii, to: &out)
      } else {
        out += "\\x" + hex(UInt32(bytes[index]), 2)
      }
      index += length
    }
    out.unicodeScalars.append(quote)
    return out
  }

  private static func append(
    _ scalar: Unicode.Scalar, _ quote: Unicode.Scalar, _ ascii: Bool, to out: inout String
  ) {
    if scalar == quote || scalar == "\\" {
      out += "\\"
      out.unicodeScalars.append(scalar)
    } else if scalar.isGoPrintable, scalar.isASCII || !ascii {
      out.unicodeScalars.append(scalar)
    } else if let letter = letters.first(where: { $0.value == scalar.value })?.letter {
      out += "\\"
      out.unicodeScalars.append(letter)
    } else if scalar.value < 0x20 || scalar.value == 0x7f {
      out += "\\x" + hex(scalar.value, 2)
    } else {
      out += scalar.value < 0x10000 ? "\\u" + hex(scalar.value, 4) : "\\U" + hex(scalar.value, 8)
    }
  }

  private static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Between backquotes where that is possible, else as `quoted`.
  static func backquoted(_ bytes: [UInt8]) -> String {
    canBackquote(bytes)
      ? "`" + String(decoding: bytes, as: UTF8.self) + "`" : quoted(bytes)
  }

  static func canBackquote(_ bytes: [UInt8]) -> Bool {
    var index = 0
    while let (scalar, length, isValid) = UTF8Text.scalar(bytes, at: index) {
      if !isValid || scalar == "\u{feff}" || scalar == "`" || scalar.value == 0x7f { return false }
      if scalar.value < 0x20, scalar != "\t" { return false }
      index += length
    }
    return true
  }

  private static let letters: [(letter: Unicode.Scalar, value: UInt32)] = [
    ("a", 7), ("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9), ("v", 11),
  ]

  /// The text of a literal with its quotes around it; `nil` when it is none of Go's.
  static func unquoted(_ literal: [UInt8]) -> [UInt8]? {
    guard literal.count >= 2, let quote = literal.first, quote == literal.last else { return nil }
    let body = Array(literal.dropFirst().dropLast())
    if quote == UInt8(ascii: "`") { return body.filter { $0 != 0x0d } }
    var out: [UInt8] = []
    var index = 0
    while index < body.count {
      guard let piece = piece(body, &index, quote) else { return nil }
      switch piece {
      case .byte(let byte): out.append(byte)
      case .scalar(let scalar): out += Array(String(scalar).utf8)
      }
    }
    return out
  }

  /// The number of a character literal with its quotes around it.
  static func character(_ literal: [UInt8]) throws(GoError) -> Int64 {
    let body = Array(literal.dropFirst())
    var index = 0
    guard let piece = piece(body, &index, UInt8(ascii: "'")) else {
      throw GoError("invalid syntax")
    }
    guard index == body.count - 1 else {
      let text = String(decoding: literal, as: UTF8.self)
      throw GoError("malformed character constant: " + text)
    }
    switch piece {
    case .byte(let byte): return Int64(byte)
    case .scalar(let scalar): return Int64(scalar.value)
    }
  }

  private enum Piece {
    case byte(UInt8)
    case scalar(Unicode.Scalar)
  }

  private static func piece(_ body: [UInt8], _ index: inout Int, _ quote: UInt8) -> Piece? {
    guard let (scalar, length, _) = UTF8Text.scalar(body, at: index) else { return nil }
    index += length
    if scalar.value == UInt32(quote) { return nil }
    guard scalar == "\\" else { return .scalar(scalar) }
    guard let (escape, escapeLength, _) = UTF8Text.scalar(body, at: index) else { return nil }
    index += escapeLength
    switch escape {
    case "x": return digits(body, &index, 2, 16).map { .byte(UInt8(truncatingIfNeeded: $0)) }
    case "u": return digits(body, &index, 4, 16).flatMap(Unicode.Scalar.init).map(Piece.scalar)
    case "U": return digits(body, &index, 8, 16).flatMap(Unicode.Scalar.init).map(Piece.scalar)
    case "0"..."7":
      index -= 1
      guard let value = digits(body, &index, 3, 8), value <= 255 else { return nil }
      return .byte(UInt8(truncatingIfNeeded: value))
    case "\\": return .scalar("\\")
    case "'", "\"": return escape.value == UInt32(quote) ? .scalar(escape) : nil
    default:
      return letters.first { $0.letter == escape }
        .flatMap { Unicode.Scalar($0.value) }.map(Piece.scalar)
    }
  }

  private static func digits(
    _ body: [UInt8], _ index: inout Int, _ count: Int, _ radix: UInt32
  ) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard index < body.count,
        let digit = Character(Unicode.Scalar(body[index])).hexDigitValue, digit < radix
      else { return nil }
      value = value << (radix == 16 ? 4 : 3) | UInt32(digit)
      index += 1
    }
    return value
  }
}
