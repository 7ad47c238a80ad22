import Signals

/// The body of a message as a value.
enum ChatJSON {
  case text(String)
  case number(Int64)
  case flag(Bool)
  case null
  case list([ChatJSON])
  /// Members without a value are left out.
  case object([(String, ChatJSON?)])

  var bytes: [UInt8] {
    var json = JSONText()
    write(to: &json)
    return json.bytes
  }

  private func write(to json: inout JSONText) {
    switch self {
    case .text(let text): json.append(string: text)
    case .number(let number): json.append(String(number))
    case .flag(let flag): json.append(flag ? "true" : "false")
    case .null: json.append("null")
    case .list(let elements):
      json.append("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { json.append(",") }
        element.write(to: &json)
      }
      json.append("]")
    case .object(let members):
      json.append("{")
      var isFirst = true
      for case (let name, let value?) in members {
        if !isFirst { json.append(",") }
        isFirst = false
        json.append(string: name)
        json.append(":")
        value.write(to: &json)
      }
      json.append("}")
    }
  }
}

extension ChatJSON: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self = .text(value) }

  /// No member for no text.
  static func optional(_ text: String?) -> ChatJSON? { text.map { .text($0) } }
  /// None for `false` either.
  static func flagged(_ flag: Bool) -> ChatJSON? { flag ? .flag(true) : nil }
}
