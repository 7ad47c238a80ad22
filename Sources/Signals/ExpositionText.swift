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
}
