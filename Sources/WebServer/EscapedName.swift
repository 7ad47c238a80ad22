/// Label names in a URL: `U__` before one says that it is escaped, `_2e_` standing for a dot and
/// `__` for an underscore.
package enum EscapedName {
  /// The name that is meant; what is no escaped name is meant as it stands.
  package static func unescaped(_ text: String) -> String {
    guard text.utf8.starts(with: "U__".utf8) else { return text }
    var rest = text.unicodeScalars.dropFirst(3)
    var name = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      guard scalar == "_" else {
        name.append(scalar)
        continue
      }
      if rest.first == "_" {
        rest = rest.dropFirst()
        name.append("_")
        continue
      }
      let digits = rest.prefix { $0 != "_" }
      rest = rest.dropFirst(digits.count)
      guard rest.popFirst() == "_", digits.count <= 5, digits.allSatisfy(isHexadecimal),
        let value = UInt32(String(digits), radix: 16), let meant = Unicode.Scalar(value)
      else { return text }
      name.append(meant)
    }
    return String(name)
  }

  private static func isHexadecimal(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && scalar.properties.isASCIIHexDigit
  }
}
