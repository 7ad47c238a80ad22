/// The files that hold a secret each.
enum SecretFile {
  static let limit = 64 << 10

  /// The text of a file without the newlines at its end.
  static func read(_ path: String) throws(BoundedFile.Failure) -> String {
    var text = try BoundedFile.text(at: path, limit: limit)
    while text.last?.isNewline == true { text.removeLast() }
    guard !text.isEmpty else { throw BoundedFile.Failure(reason: "is empty") }
    guard !text.hasControlCharacters else {
      throw BoundedFile.Failure(reason: "has a control character or more than one line")
    }
    return text
  }
}
