/// A secret as last read, and the file in which it stands, if it does: it is read again there.
package struct StoredSecret: Equatable, Sendable {
  package var value: Secret
  package var file: String?

  package init(_ value: Secret, file: String? = nil) {
    self.value = value
    self.file = file
  }
}

/// What a file may hold that is a secret and nothing else.
package enum SecretText {
  /// Why the bytes of a file are no secret.
  package enum Fault: Error, Equatable, Sendable {
    case notUTF8, empty, controlCharacter

    /// For a person; never the content.
    package var reason: String {
      switch self {
      case .notUTF8: "not UTF-8"
      case .empty: "is empty"
      case .controlCharacter: "has a control character or more than one line"
      }
    }
  }

  /// Most bytes of such a file.
  package static let limit = 64 << 10

  /// The text without the newlines at its end.
  package static func read(_ bytes: [UInt8]) throws(Fault) -> String {
    guard var text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    while text.last?.isNewline == true { text.removeLast() }
    guard !text.isEmpty else { throw .empty }
    let isControl = { (scalar: Unicode.Scalar) in
      scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }
    guard !text.unicodeScalars.contains(where: isControl) else { throw .controlCharacter }
    return text
  }
}
