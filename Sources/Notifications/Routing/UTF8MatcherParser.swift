import PromQL

/// The grammar for labels of any UTF-8: name and value are words without reserved characters, or in
/// quotes, with Go's escapes.
struct UTF8MatcherParser {
  typealias Fault = MatcherSyntax.Fault

  private enum Token: Equatable {
    case openBrace, closeBrace, comma
    case op(Matcher.Operator)
    case word(String)
  }

  private let scalars: [Unicode.Scalar]
  private var place = 0
  /// Where the token begins that was read last, from 1.
  private var column = 1

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func parse() throws(Fault) -> [MatcherSyntax.Parts] {
    var matchers: [MatcherSyntax.Parts] = []
    var token = try next()
    let hasBrace = token == .openBrace
    if hasBrace { token = try next() }
    while let current = token, current != .closeBrace {
      matchers.append(try matcher(beginningWith: current))
      token = try next()
      guard token == .comma else { break }
      token = try next()
    }
    switch token {
    case .closeBrace where !hasBrace: throw fault("} without a { before it")
    case .closeBrace:
      guard try next() == nil else { throw fault("expected the end after }") }
    case nil where hasBrace: throw fault("expected } at the end")
    case nil: break
    default: throw fault("expected a comma or the end")
    }
    return matchers
  }

  private mutating func matcher(
    beginningWith token: Token
  ) throws(Fault) -> MatcherSyntax.Parts {
    guard case .word(let label) = token else { throw fault("expected the name of a label") }
    guard !label.isEmpty else { throw fault("the name of a label is not empty") }
    guard case .op(let op) = try next() else { throw fault("expected =, !=, =~ or !~") }
    guard case .word(let value) = try next() else { throw fault("expected a value") }
    return MatcherSyntax.Parts(label: label, op: op, value: value, column: column)
  }

  private func fault(_ message: String) -> Fault { Fault(message: message, column: column) }

  /// `nil` at the end.
  private mutating func next() throws(Fault) -> Token? {
    while place < scalars.count, scalars[place].properties.isWhitespace { place += 1 }
    column = place + 1
    guard place < scalars.count else { return nil }
    let scalar = scalars[place]
    switch scalar {
    case "{": return take(.openBrace)
    case "}": return take(.closeBrace)
    case ",": return take(.comma)
    case "=", "!": return try takeOperator()
    case "\"": return .word(try takeQuoted())
    default:
      let word = scalars[place...].prefix { !Self.isReserved($0) }
      guard !word.isEmpty else { throw fault("\(String(scalar)) must stand in quotes") }
      place += word.count
      return .word(String(String.UnicodeScalarView(word)))
    }
  }

  private mutating func take(_ token: Token) -> Token {
    place += 1
    return token
  }

  private mutating func takeOperator() throws(Fault) -> Token {
    for op in [Matcher.Operator.matches, .doesNotMatch, .notEqual, .equal]
    where scalars[place...].starts(with: op.rawValue.unicodeScalars) {
      place += op.rawValue.unicodeScalars.count
      return .op(op)
    }
    throw fault("expected != or !~")
  }

  private mutating func takeQuoted() throws(Fault) -> String {
    var end = place + 1
    while end < scalars.count, scalars[end] != "\"" {
      end += scalars[end] == "\\" ? 2 : 1
    }
    guard end < scalars.count else { throw fault("missing \" at the end") }
    let body = scalars[(place + 1)..<end]
    guard let text = GoEscapes.resolve(body) else {
      throw fault("an escape that is none, or a line break; write \\\\ for a backslash")
    }
    place = end + 1
    return text
  }

  private static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || "{}!=~,\\\"'`".unicodeScalars.contains(scalar)
  }
}

/// The escapes of Go's texts in double quotes.
enum GoEscapes {
  /// `nil` when one is malformed, when there is a line break, or when the bytes are no UTF-8.
  static func resolve(_ body: ArraySlice<Unicode.Scalar>) -> String? {
    var rest = body
    var bytes: [UInt8] = []
    while let scalar = rest.popFirst() {
      if scalar == "\n" { return nil }
      guard scalar == "\\" else {
        bytes += Array(UTF8.encode(scalar) ?? .init())
        continue
      }
      guard let escaped = escape(&rest) else { return nil }
      bytes += escaped
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let simple: [Unicode.Scalar: UInt8] = [
    "a": 0x07, "b": 0x08, "f": 0x0c, "n": 0x0a, "r": 0x0d, "t": 0x09, "v": 0x0b, "\\": 0x5c,
    "\"": 0x22,
  ]

  private static func escape(_ rest: inout ArraySlice<Unicode.Scalar>) -> [UInt8]? {
    guard let letter = rest.first else { return nil }
    if let byte = simple[letter] {
      rest.removeFirst()
      return [byte]
    }
    let (prefix, digits, radix): (Int, Int, Int)
    switch letter {
    case "x": (prefix, digits, radix) = (1, 2, 16)
    case "u": (prefix, digits, radix) = (1, 4, 16)
    case "U": (prefix, digits, radix) = (1, 8, 16)
    case "0"..."7": (prefix, digits, radix) = (0, 3, 8)
    default: return nil
    }
    let text = rest.dropFirst(prefix).prefix(digits)
    rest = rest.dropFirst(prefix + digits)
    guard text.count == digits, text.allSatisfy({ $0.properties.isASCIIHexDigit }),
      let number = UInt32(String(String.UnicodeScalarView(text)), radix: radix)
    else { return nil }
    if letter == "u" || letter == "U" {
      return Unicode.Scalar(number).flatMap { UTF8.encode($0) }.map { Array($0) }
    }
    return UInt8(exactly: number).map { [$0] }
  }
}
