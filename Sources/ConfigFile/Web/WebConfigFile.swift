package import Agent
import Signals

/// One reading of `--web.config.file`.
package struct WebConfigReading: Sendable {
  /// The file itself, then those that it names: when one of them changes, it is to be read again.
  package var files: [String]
  package var result: Result<LoadedWebConfig, ConfigProblems>
}

/// A web configuration that may be used.
package struct LoadedWebConfig: Equatable, Sendable {
  package var config: WebConfig
  /// Valid, and probably not meant; in order of place.
  package var warnings: [ConfigProblem] = []
}

/// Reads the format of Prometheus's exporter-toolkit, with `breakwater_roles` beside the users.
///
/// Agrees with `promtool check web-config` but for: roles, the newer keys that Debian's promtool
/// does not know (`rate_limit`, `client_allowed_sans`, `cert`, `key`, `client_ca`), and hashes that
/// would take minutes. Whether certificate and key are good is for whoever serves with them.
package struct WebConfigFile {
  /// Larger files are refused unread, certificates and keys too.
  static let sizeLimit = 1 << 20
  private static let usersLimit = 1000

  var files: [String] = []

  /// Blocks on the disk. Files named in it are looked up from its own directory. All are regular
  /// files, since they are read again: a pipe would be empty then.
  package static func load(path: String) -> WebConfigReading {
    let findings = Findings(file: path)
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var reader = WebConfigFile()
    var config = WebConfig()
    do {
      let text = try BoundedFile.text(at: path, limit: sizeLimit, mustBeFile: true)
      config = reader.read(text, Context(findings: findings, directory: directory))
    } catch {
      findings.report(error.reason, at: error.place)
    }
    let result = Result { () throws(ConfigProblems) in
      try LoadedWebConfig(config: config, warnings: findings.checkedWarnings())
    }
    return WebConfigReading(files: [path] + reader.files, result: result)
  }

  private mutating func read(_ text: String, _ context: Context) -> WebConfig {
    do {
      var composer = TreeComposer(text, findings: context.findings)
      guard let root = try composer.compose() else { return WebConfig() }
      return readRoot(Value(node: root, path: "", context: context))
    } catch {
      context.findings.report("not YAML: \(error.meaning(in: text))", at: error.place)
      return WebConfig()
    }
  }

  private mutating func readRoot(_ value: Value) -> WebConfig {
    Section.read(value) { root in
      var config = WebConfig()
      config.tls = root.section("tls_server_config") { readTLS($0) } ?? nil
      root.section("http_server_config") { config.headers = Self.readHTTP($0) }
      config.users = Self.readUsers(root["basic_auth_users"], root["breakwater_roles"])
      config.rateLimit = root.section("rate_limit", Self.readRateLimit) ?? nil
      return config
    } ?? WebConfig()
  }
}

extension WebConfigFile {
  /// Most rounds of bcrypt, as their logarithm: 13 s of CPU for one password.
  private static let longestCost = 18

  private static func readUsers(_ users: Value?, _ roles: Value?) -> [WebUser] {
    guard let entries = users?.entries() else { return readRoles(roles, of: [], users) }
    guard entries.count <= usersLimit else {
      users?.report("at most \(usersLimit) users")
      return []
    }
    let found: [WebUser] = entries.compactMap { entry in
      guard let users else { return nil }
      let value = users.entry(entry)
      guard !entry.key.isEmpty, !entry.key.utf8.contains(UInt8(ascii: ":")) else {
        value.report("no user can have this name: it is empty or has a colon")
        return nil
      }
      guard let hash = value.text() else { return nil }
      if let problem = problem(with: hash) { value.report(problem) }
      return WebUser(name: entry.key, passwordHash: Secret(hash), role: .viewer)
    }
    return readRoles(roles, of: found, users)
  }

  private static func readRoles(
    _ roles: Value?, of users: [WebUser], _ section: Value?
  ) -> [WebUser] {
    var users = users.sorted { $0.name < $1.name }
    let entries = roles?.entries() ?? []
    for entry in entries {
      guard let value = roles?.entry(entry) else { continue }
      let role = value.choice(Role.self)
      guard let index = users.firstIndex(where: { $0.name == entry.key }) else {
        value.report(
          "no user in basic_auth_users has this name",
          nearest: Nearest.word(to: entry.key, among: users.map(\.name)))
        continue
      }
      users[index].role = role ?? .viewer
    }
    let costs = Set(users.map { $0.passwordHash.exposed.dropFirst(4).prefix(2) })
    if costs.count > 1 {
      section?.warn("hashes of several costs: by the time it takes, names can be told apart")
    }
    if !users.isEmpty, !users.contains(where: { $0.role == .operator }) {
      section?.warn("no user is an operator in breakwater_roles: nobody can act over HTTP")
    }
    return users
  }

  /// What is wrong with a hash of bcrypt; `nil` is nothing.
  private static func problem(with hash: String) -> String? {
    let bytes = Array(hash.utf8)
    let isSalt = { (byte: UInt8) in
      byte.isDigit || byte.isLetter || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
    }
    guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix),
      let cost = Int(String(decoding: bytes[4..<6], as: UTF8.self)), (4...31).contains(cost),
      bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(isSalt)
    else {
      return "not a bcrypt hash: 60 characters that begin with $2y$; make one with htpasswd -nBC 10"
    }
    return cost > longestCost ? "a cost above \(longestCost): one check would take minutes" : nil
  }

  private static func readRateLimit(_ section: Section) -> WebConfig.RateLimit? {
    let interval = section["interval"]?.goDuration()
    let burst = section.whole("burst", in: 0...1_000_000)
    guard let interval, interval > .zero else { return nil }
    guard let burst, burst > 0 else {
      section.report("at least 1, or no request would pass", at: "burst")
      return nil
    }
    return WebConfig.RateLimit(interval: interval, burst: burst)
  }

  /// The headers that may be set, and the values of those that know few.
  private static let headers: [(name: String, values: [String])] = [
    ("Content-Security-Policy", []), ("Strict-Transport-Security", []),
    ("X-Content-Type-Options", ["nosniff"]), ("X-Frame-Options", ["deny", "sameorigin"]),
    ("X-XSS-Protection", []),
  ]

  private static func readHTTP(_ section: Section) -> [WebConfig.Header] {
    section["http2"]?.checkGoFlag()  // what is served is HTTP/1.1 whatever it says
    guard let list = section["headers"], let entries = list.entries() else { return [] }
    return entries.compactMap { entry in
      let value = list.entry(entry)
      guard let known = headers.first(where: { $0.name == entry.key }) else {
        value.report(
          "a header that cannot be set",
          nearest: Nearest.word(to: entry.key, among: headers.map(\.name)))
        return nil
      }
      guard !entry.value.isNull, let text = value.text(length: 0...4096) else { return nil }
      guard known.values.isEmpty || known.values.contains(text) else {
        value.report("expected \(known.values.joined(separator: " or "))")
        return nil
      }
      guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
        value.report("has a character that no header can have")
        return nil
      }
      return text.isEmpty ? nil : WebConfig.Header(name: entry.key, value: text)
    }
  }
}
