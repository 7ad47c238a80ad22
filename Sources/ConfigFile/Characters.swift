extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
  var isLetterOrDigit: Bool { isDigit || isLetter }

  /// A character of an HTTP token, such as a header's name.
  var isTokenCharacter: Bool { isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(self) }
}

extension Unicode.Scalar {
  /// C0, DEL and C1: nothing that belongs into a name, an address or a header.
  var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}

extension String {
  var hasControlCharacters: Bool { unicodeScalars.contains { $0.isControl } }

  /// Whether it is an HTTP token: at least one character, all of them harmless.
  var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenCharacter) }
}
