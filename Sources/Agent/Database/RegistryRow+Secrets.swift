import MCPWire
import Signals

/// Where a secret of a row comes from.
package enum SecretSource: Equatable, Sendable {
  /// `env:NAME`.
  case environment(String)
  /// `file:PATH`, from the root.
  case file(String)
  /// Begins as one of the two and is neither: nothing to send, and nothing to show.
  case malformed
  /// The value itself.
  case plain

  package init(_ value: String) {
    let rest = String(value.drop { $0 != ":" }.dropFirst())
    if value.hasPrefix("env:") {
      self = Self.isVariable(rest) ? .environment(rest) : .malformed
    } else if value.hasPrefix("file:") {
      self = rest.hasPrefix("/") ? .file(rest) : .malformed
    } else {
      self = .plain
    }
  }

  /// Whether it is the name of an environment variable, as shells have them.
  private static func isVariable(_ name: String) -> Bool {
    let isLetter = { (byte: UInt8) in
      byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    guard let first = name.utf8.first, name.utf8.count <= 256 else { return false }
    return isLetter(first)
      && name.utf8.allSatisfy { isLetter($0) || $0 &- UInt8(ascii: "0") <= 9 }
  }
}

extension RegistryRow {
  /// Whether a value in `authConfig` may be a secret that stands there itself, or the URL has
  /// credentials, so that the row is not to be kept anywhere else. In doubt it is.
  package var holdsPlainSecret: Bool {
    if urlHasCredentials { return true }
    guard let authConfig else { return false }
    var reader = JSONReader(Array(authConfig.exposed.utf8))
    do throws(JSONProblem) {
      let isPlain = try isPlain(&reader, named: "", depth: 0)
      try reader.expectEnd()
      return isPlain
    } catch {
      return true
    }
  }

  /// What stands before an `@` in the authority, whether or not the rest is a URL.
  private var urlHasCredentials: Bool {
    let bytes = Array(url.utf8)
    let colon = bytes.firstRange(of: Array("://".utf8))
    let authority = bytes[(colon?.upperBound ?? 0)...].prefix { !"/?#".utf8.contains($0) }
    return authority.contains(UInt8(ascii: "@"))
  }

  /// Members of an `api_key` that hold the name of its header.
  private static let nameMembers: Set = ["header", "header_name"]
  /// No form of `auth_config` is deeper.
  private static let depthLimit = 4

  private func isPlain(
    _ reader: inout JSONReader, named name: String, depth: Int
  ) throws(JSONProblem) -> Bool {
    var isPlain = false
    switch try reader.kind() {
    case .null: try reader.skipValue()
    case .string:
      let text = try reader.string() ?? ""
      let isName = authType == "api_key" && Self.nameMembers.contains(name)
      isPlain = [.plain, .malformed].contains(SecretSource(text)) && !isName
    case .object where depth < Self.depthLimit:
      try reader.forEachMember { (reader, key) throws(JSONProblem) in
        if try self.isPlain(&reader, named: key, depth: depth + 1) { isPlain = true }
      }
    default:
      try reader.skipValue()
      isPlain = true
    }
    return isPlain
  }
}

extension DatabaseRows {
  /// These rows without those that hold a secret themselves.
  package var withoutPlainSecrets: DatabaseRows {
    var rows = self
    rows.servers.removeAll(where: \.holdsPlainSecret)
    return rows
  }
}
