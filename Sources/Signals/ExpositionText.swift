/// Pieces of the text that Prometheus reads.
package enum ExpositionText {
  /// Appends a label value with `\`, `"` and line ends escaped, as both text formats want it.
  package static func appendEscaped(_ value: String, to out: inout [UInt8]) {
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): out.append(contentsOf: [byte, byte])
      case UInt8(ascii: "\""): out.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case UInt8(ascii: "\n"): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      default: out.append(byte)
      }
    }
  }

  /// The labels of `a="1",b="2"`; `nil` when the text is no such list.
  package static func labels(_ rendered: [UInt8]) -> [Label]? {
    var labels: [Label] = []
    var rest = rendered[...]
    while !rest.isEmpty {
      let name = rest.prefix { $0 != UInt8(ascii: "=") }
      rest = rest.dropFirst(name.count)
      guard !name.isEmpty, rest.starts(with: "=\"".utf8), let value = quoted(&rest) else {
        return nil
      }
      labels.append(
        Label(
          name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)
        ))
      if let next = rest.popFirst(), next != UInt8(ascii: ",") { return nil }
    }
    return labels
  }

  /// What stands between `="` and the next quote, which are taken away.
  private static func quoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    rest = rest.dropFirst(2)
    var value: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return value }
      guard byte == UInt8(ascii: "\\") else {
        value.append(byte)
        continue
      }
      guard let escaped = rest.popFirst() else { return nil }
      value.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
    }
    return nil
  }
}
