import Signals

/// The files that hold a secret each.
enum SecretFile {
  static let limit = SecretText.limit

  /// The text of a file without the newlines at its end.
  static func read(_ path: String) throws(BoundedFile.Failure) -> String {
    let bytes = try BoundedFile.bytes(at: path, limit: limit)
    do throws(SecretText.Fault) {
      return try SecretText.read(bytes)
    } catch {
      throw BoundedFile.Failure(reason: error.reason)
    }
  }
}
