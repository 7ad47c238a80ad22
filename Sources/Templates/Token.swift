/// A piece of a template's text.
struct Token {
  enum Kind: Equatable {
    case failure, bool, character, characterConstant, assign, declare, end, field, identifier
    case leftDelimiter, leftParenthesis, number, pipe, rawString, rightDelimiter
    case rightParenthesis, space, string, text, variable
    case dot, null
    case keyword(Keyword)
  }

  enum Keyword: String {
    case block, `break`, `continue`, define, `else`, end, `if`, range, template, with
  }

  var kind: Kind
  /// The bytes themselves; of a failure, what is wrong.
  var bytes: [UInt8]
  var place: Place

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// As Go prints it in errors.
  var description: String {
    switch kind {
    case .end: return "EOF"
    case .failure: return text
    case .dot, .null, .keyword: return "<\(text)>"
    default:
      guard bytes.count > 10 else { return Quoting.quoted(bytes) }
      return Quoting.quoted(Array(UTF8Text.prefix(bytes, scalars: 10))) + "..."
    }
  }
}
