package import Signals

/// Why the value of a flag cannot be used; never quotes it.
package struct FlagProblem: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

// The checks of the file for what is given on the command line.
extension ConfigFile {
  /// The word that was probably meant.
  package static func nearest(to text: String, among words: [String]) -> String? {
    Nearest.word(to: text, among: words)
  }

  /// A server's URL, as `mcps[].url`.
  package static func serverURL(_ text: String) throws(FlagProblem) -> String {
    guard text.utf8.count <= URLCheck.lengthLimit else {
      throw FlagProblem(description: "too long")
    }
    if let reason = URLCheck.server(text) { throw FlagProblem(description: reason) }
    return text
  }

  /// `NAME: VALUE`. Its value is taken for a credential: what it is for cannot be told.
  package static func header(_ text: String) throws(FlagProblem) -> HTTPSettings.Header {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, parts.count == 2 else {
      throw FlagProblem(description: "expected NAME: VALUE")
    }
    if let reason = HeaderCheck.name(String(name)) { throw FlagProblem(description: reason) }
    let value = String(parts[1].drop { $0 == " " || $0 == "\t" })
    guard !value.hasControlCharacters else {
      throw FlagProblem(description: "the value has a control character")
    }
    return .init(name: String(name), value: Secret(value), isCredential: true)
  }

  /// The header for the token in a file, as `authorization.credentials_file`. Blocks on the disk.
  package static func bearer(file path: String) throws(FlagProblem) -> HTTPSettings.Header {
    do {
      let token = try SecretFile.read(path)
      return .init(name: "Authorization", value: Secret("Bearer \(token)"), isCredential: true)
    } catch {
      throw FlagProblem(description: "\"\(path)\" \(error.reason)")
    }
  }
}
