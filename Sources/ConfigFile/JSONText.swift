/// Writes a value of the configuration as JSON: plain words as YAML reads them, members in order of
/// name.
struct JSONText {
  /// Longer texts are refused.
  static let limit = 64 << 10

  private var text = ""
  private var fault: String?

  /// The text of a mapping; `nil` when it is none or no JSON, which is reported.
  static func object(_ value: Value) -> String? {
    value.takes(.described("a mapping of at most \(limit >> 10) KiB as JSON"))
    guard value.entries() != nil else { return nil }
    if value.node.isNull { return nil }
    var writer = JSONText()
    writer.write(value.node)
    if writer.text.utf8.count > limit { writer.fault = "longer than \(limit >> 10) KiB as JSON" }
    guard let fault = writer.fault else { return writer.text }
    value.report(fault)
    return nil
  }

  private mutating func write(_ node: Node) {
    guard text.utf8.count <= Self.limit else { return }
    switch node.content {
    case .refused: text += "null"
    case .scalar(let word, isPlain: true): write(plain: word, node)
    case .scalar(let word, isPlain: false): write(quoted: word)
    case .list(let items):
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += "," }
        write(item)
      }
      text += "]"
    case .mapping(let entries):
      text += "{"
      let sorted = entries.sorted {
        $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars)
      }
      for (index, entry) in sorted.enumerated() {
        if index > 0 { text += "," }
        write(quoted: entry.key)
        text += ":"
        write(entry.value)
      }
      text += "}"
    }
  }

  private mutating func write(plain word: String, _ node: Node) {
    if node.isNull {
      text += "null"
    } else if ["true", "false"].contains(word) || Self.isNumber(word) {
      text += word
    } else if let number = YAMLNumber.value(of: word) {
      guard number.isFinite else { return fault = "has a number that JSON has not" }
      text += Int64(exactly: number).map(String.init) ?? "\(number)"
    } else {
      write(quoted: word)
    }
  }

  private mutating func write(quoted word: String) {
    text += "\""
    for scalar in word.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  /// Whether JSON writes a number so.
  private static func isNumber(_ word: String) -> Bool {
    var rest = word.utf8[...]
    func digits() -> Int {
      let count = rest.prefix(while: \.isDigit).count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let first = rest.first
    let whole = digits()
    guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
