import MCPWire
import Signals

extension ConfigFile {
  private static let headerLimit = 100
  /// How credentials are sent that do not say otherwise (RFC 6750).
  static let bearer = "Bearer"
  /// Servers refuse longer ones.
  private static let headerBytesLimit = 16_384

  /// Whose requests the settings are for.
  enum HTTPUse {
    case server
    case webhook

    /// Which redirects are followed, for the person who wants all to be.
    fileprivate var redirects: String {
      switch self {
      case .server: "307 and 308 to the same origin are followed, and nothing else"
      case .webhook: "no redirect is followed"
      }
    }
  }

  /// Prometheus's `http_config`, as far as a request to a server has use for it, and a little more.
  static func readHTTP(
    _ section: Section, into http: inout HTTPSettings, url: String, use: HTTPUse = .server
  ) {
    http.headers = readCredentials(section)
    if use == .server {
      http.oauth2 = section.section("oauth2", readOAuth2) ?? nil
    } else {
      section.refuse("oauth2")
    }
    let ways = ["authorization", "basic_auth", "oauth2"].filter(section.has)
    if let last = ways.last, ways.count > 1 {
      section.report("set only one of \(ways.joined(separator: ", "))", at: last)
    }
    http.headers += readHeaders(section, taken: !ways.isEmpty)
    http.proxyURL = readProxy(section)
    http.hostHeader = section.text("host_header", as: "`HOST` or `HOST:PORT`") {
      URLCheck.hostAndPort($0[...].utf8)
    }
    http.connectTo = section.text(
      "connect_to", as: "`HOST1:PORT1:HOST2:PORT2`", URLCheck.connectTo)
    section.section("tls_config") { readTLS($0, into: &http.tls) }
    section.only(false, "follow_redirects", else: "only false: \(use.redirects)")
    // What is so anyhow may be said; HTTP/2 is spoken where the server does.
    section.only(true, "enable_http2", else: "only true")
    section.only(false, "proxy_from_environment", else: "only false: set proxy_url")
    section.refuse("no_proxy", "proxy_connect_header")
    let sendsSecrets = http.oauth2 != nil || http.headers.contains(where: \.isCredential)
    if sendsSecrets, url.lowercased().hasPrefix("http://"), !URLCheck.isLoopback(url) {
      section.value.warn("credentials travel unencrypted: the url is http, not https")
    }
  }

  private static func readCredentials(_ section: Section) -> [HTTPSettings.Header] {
    let bearer = section.section("authorization", readAuthorization) ?? nil
    let basic = section.section("basic_auth", readBasicAuth) ?? nil
    return (bearer ?? basic).map { [$0] } ?? []
  }

  private static func readAuthorization(_ section: Section) -> HTTPSettings.Header? {
    section["type"]?.takes(.described("a word such as Bearer"))
    let scheme = section["type"].map { $0.text() } ?? bearer
    if let scheme, !scheme.isToken || scheme.lowercased() == "basic" {
      section.report(
        scheme.isToken ? "use basic_auth for this" : "expected one word, such as Bearer",
        at: "type")
    }
    let credentials = section.stored("credentials")
    if !section.has("credentials") && !section.has("credentials_file") {
      section.report("required, or credentials_file", at: "credentials")
    }
    guard let scheme, let credentials else { return nil }
    return .init(
      name: "Authorization", value: Secret("\(scheme) \(credentials.value.exposed)"),
      isCredential: true, source: credentials.file.map { .file($0, prefix: "\(scheme) ") })
  }

  private static func readBasicAuth(_ section: Section) -> HTTPSettings.Header? {
    let username = section.stored("username")
    let password = section.stored("password") ?? StoredSecret(Secret(""))
    if !section.has("username") && !section.has("username_file") {
      section.report("required, or username_file", at: "username")
    }
    guard let username else { return nil }
    guard !username.value.exposed.utf8.contains(UInt8(ascii: ":")) else {
      section.report("must not contain a colon", at: "username")
      return nil
    }
    let isStored = username.file != nil || password.file != nil
    return .init(
      name: "Authorization", value: .basic(username: username.value, password: password.value),
      isCredential: true, source: isStored ? .login(username: username, password: password) : nil)
  }

  static func readProxy(_ section: Section) -> Secret? {
    section["proxy_url"]?.takes(.described("an http, https, socks5 or socks5h URL, a secret"))
    guard let proxy = section.secret("proxy_url") else { return nil }
    guard let reason = URLCheck.proxy(proxy.exposed) else { return proxy }
    section.report(reason, at: section.has("proxy_url") ? "proxy_url" : "proxy_url_file")
    return nil
  }

  private static func readHeaders(_ section: Section, taken: Bool) -> [HTTPSettings.Header] {
    guard let value = section["http_headers"] else { return [] }
    value.takes(.mapping(atMost: headerLimit))
    guard let entries = value.entries() else { return [] }
    if entries.count > headerLimit { value.report("at most \(headerLimit) headers") }
    var seen: Set<String> = taken ? ["authorization"] : []
    return entries.prefix(headerLimit).flatMap { entry -> [HTTPSettings.Header] in
      let item = Value(
        node: entry.value, path: value.path.joined(key: entry.key), context: value.context)
      let name = entry.key.lowercased()
      let reason = HeaderCheck.name(entry.key) ?? (seen.contains(name) ? "set twice" : nil)
      seen.insert(name)
      if let reason { value.context.findings.report(reason, at: entry.place, path: item.path) }
      return Section.read(item) { readHeader($0, entry.key) } ?? []
    }
  }

  /// The values of one header, each sent on a line of its own.
  private static func readHeader(_ section: Section, _ name: String) -> [HTTPSettings.Header] {
    func all<T>(_ key: String, _ read: (Value) -> T?) -> [T] {
      (section[key]?.items(atMost: headerLimit) ?? []).compactMap(read)
    }
    let inline = { (value: Value) in value.text(length: 0...headerBytesLimit).map { Secret($0) } }
    let (values, secrets) = (all("values", inline), all("secrets", inline))
    let files = all("files") { $0.secretFile() }
    if !["values", "secrets", "files"].contains(where: section.has) {
      section.value.report("expected values, secrets or files")
    }
    return values.map { .init(name: name, value: $0, isCredential: false) }
      + secrets.map { .init(name: name, value: $0, isCredential: true) }
      + files.map {
        .init(
          name: name, value: $0.value, isCredential: true,
          source: $0.file.map { .file($0, prefix: "") })
      }
  }
}

extension Section {
  /// Text that `check` finds nothing wrong with; `what` says in Markdown what that is.
  func text(_ key: String, as what: String, _ check: (String) -> String?) -> String? {
    guard let value = self[key] else { return nil }
    value.takes(.described(what))
    guard let text = value.text() else { return nil }
    guard let reason = check(text) else { return text }
    value.report(reason)
    return nil
  }
}
