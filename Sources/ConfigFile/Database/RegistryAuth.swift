import Agent
import MCPWire
import Signals

/// Reads `auth_type` and `auth_config` of a row into the headers of its requests.
struct RegistryAuth {
  private static let headerLimit = 100

  private enum Kind: String, CaseIterable {
    case bearer
    case apiKey = "api_key"
    case customHeaders = "custom_headers"
  }

  let context: Context
  let secrets: DatabaseSecrets

  func read(_ row: RegistryRow, into target: inout ProbeTarget) {
    guard let type = row.authType, !["", "none"].contains(type) else { return }
    let word = Value(
      node: Node(content: .scalar(type, isPlain: false), place: Place()), path: "auth_type",
      context: context)
    guard let kind = word.choice(Kind.self) else { return }
    guard let text = row.authConfig?.exposed else {
      return word.report("\(kind.rawValue) needs an auth_config")
    }
    guard let value = Value(json: text, path: "auth_config", context: context) else { return }
    target.http.headers =
      Section.readForeign(value, .ignored) { section in
        switch kind {
        case .bearer: bearer(section)
        case .apiKey: apiKey(section)
        case .customHeaders: customHeaders(section)
        }
      } ?? []
    if target.url.lowercased().hasPrefix("http://"), !URLCheck.isLoopback(target.url) {
      value.warn("credentials travel unencrypted: the url is http, not https")
    }
  }

  private func bearer(_ section: Section) -> [HTTPSettings.Header] {
    guard let token = section.required("token").flatMap(secret) else { return [] }
    return [
      .init(
        name: "Authorization", value: Secret("Bearer \(token.value.exposed)"), isCredential: true,
        source: token.file.map { .file($0, prefix: "Bearer ") })
    ]
  }

  private func apiKey(_ section: Section) -> [HTTPSettings.Header] {
    let named = section["header"] ?? section["header_name"]
    let name = named == nil ? "X-API-Key" : named?.text(length: 1...256)
    if let name, let reason = HeaderCheck.name(name) { named?.report(reason) }
    let key = section["api_key"] ?? section["key"] ?? section["value"]
    if key == nil { section.report("required, or key, or value", at: "api_key") }
    guard let name, let value = key.flatMap(secret) else { return [] }
    return [header(name, value)]
  }

  /// The members of `headers`, or of the whole object. What each is for cannot be told, so all are
  /// taken for credentials.
  private func customHeaders(_ section: Section) -> [HTTPSettings.Header] {
    let whole = section["headers"] ?? section.value
    guard let entries = whole.entries() else { return [] }
    if entries.count > Self.headerLimit { whole.report("at most \(Self.headerLimit) headers") }
    var seen: Set<String> = []
    return entries.prefix(Self.headerLimit).compactMap { entry -> HTTPSettings.Header? in
      // A name that is none may hold a value: it is not shown.
      guard entry.key.isToken else {
        whole.report("has a name that is no header's")
        return nil
      }
      let item = Value(
        node: entry.value, path: whole.path.joined(key: entry.key), context: context)
      let isNew = seen.insert(entry.key.lowercased()).inserted
      if let reason = HeaderCheck.name(entry.key) ?? (isNew ? nil : "set twice") {
        item.report(reason)
      }
      return secret(item).map { header(entry.key, $0) }
    }
  }

  private func header(_ name: String, _ secret: StoredSecret) -> HTTPSettings.Header {
    .init(
      name: name, value: secret.value, isCredential: true,
      source: secret.file.map { .file($0, prefix: "") })
  }

  /// The text itself, or what it names.
  private func secret(_ value: Value) -> StoredSecret? {
    guard let text = value.text(length: 1...SecretFile.limit) else { return nil }
    do throws(Refusal) {
      return try secrets.value(of: text)
    } catch {
      value.report(error.reason)
      return nil
    }
  }
}
