import MCPWire
import Signals

extension ConfigFile {
  private static let headerLimit = 100
  /// Servers refuse longer ones.
  private static let headerBytesLimit = 16_384

  /// Prometheus's `http_config`, as far as a request to a server has use for it, and a little more.
  /// `redirects`: which of them are followed, for the person who wants all to be.
  static func readHTTP(
    _ section: Section, into http: inout HTTPSettings, url: String,
    redirects: String = "307 and 308 to the same origin are followed, and nothing else"
  ) {
    http.headers = readCredentials(section)
    http.headers += readHeaders(section, taken: !http.headers.isEmpty)
    http.proxyURL = readProxy(section)
    http.hostHeader = section.text("host_header") { URLCheck.hostAndPort($0[...].utf8) }
    http.connectTo = section.text("connect_to", URLCheck.connectTo)
    section.section("tls_config") { readTLS($0, into: &http.tls) }
    if section.flag("follow_redirects") == true {
      section.report("only false: \(redirects)", at: "follow_redirects")
    }
    section.refuse("oauth2", step: 6)
    section.refuse(
      "enable_http2", "no_proxy", "proxy_from_environment", "proxy_connect_header")
    if http.headers.contains(where: \.isCredential), url.lowercased().hasPrefix("http://"),
      !URLCheck.isLoopback(url)
    {
      section.value.warn("credentials travel unencrypted: the url is http, not https")
    }
  }

  private static func readCredentials(_ section: Section) -> [HTTPSettings.Header] {
    let bearer = section.section("authorization", readAuthorization) ?? nil
    let basic = section.section("basic_auth", readBasicAuth) ?? nil
    if section.has("authorization") && section.has("basic_auth") {
      section.report("set authorization or basic_auth, not both", at: "basic_auth")
    }
    guard let value = bearer ?? basic else { return [] }
    return [.init(name: "Authorization", value: Secret(value), isCredential: true)]
  }

  private static func readAuthorization(_ section: Section) -> String? {
    let scheme = section["type"].map { $0.text() } ?? "Bearer"
    if let scheme, !scheme.isToken || scheme.lowercased() == "basic" {
      section.report(
        scheme.isToken ? "use basic_auth for this" : "expected one word, such as Bearer",
        at: "type")
    }
    let credentials = section.secret("credentials")
    if !section.has("credentials") && !section.has("credentials_file") {
      section.report("required, or credentials_file", at: "credentials")
    }
    guard let scheme, let credentials else { return nil }
    return "\(scheme) \(credentials.exposed)"
  }

  private static func readBasicAuth(_ section: Section) -> String? {
    let username = section.secret("username")
    let password = section.secret("password")
    if !section.has("username") && !section.has("username_file") {
      section.report("required, or username_file", at: "username")
    }
    guard let username else { return nil }
    guard !username.exposed.utf8.contains(UInt8(ascii: ":")) else {
      section.report("must not contain a colon", at: "username")
      return nil
    }
    return "Basic " + Base64.encode("\(username.exposed):\(password?.exposed ?? "")".utf8)
  }

  private static func readProxy(_ section: Section) -> Secret? {
    guard let proxy = section.secret("proxy_url") else { return nil }
    guard let reason = URLCheck.proxy(proxy.exposed) else { return proxy }
    section.report(reason, at: section.has("proxy_url") ? "proxy_url" : "proxy_url_file")
    return nil
  }

  private static func readHeaders(_ section: Section, taken: Bool) -> [HTTPSettings.Header] {
    guard let value = section["http_headers"], let entries = value.entries() else { return [] }
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
    func all(_ key: String, _ read: (Value) -> Secret?) -> [Secret] {
      (section[key]?.items(atMost: headerLimit) ?? []).compactMap(read)
    }
    let inline = { (value: Value) in value.text(length: 0...headerBytesLimit).map { Secret($0) } }
    let values = all("values", inline)
    let secrets = all("secrets", inline) + all("files") { $0.secretFile() }
    if !["values", "secrets", "files"].contains(where: section.has) {
      section.value.report("expected values, secrets or files")
    }
    return values.map { .init(name: name, value: $0, isCredential: false) }
      + secrets.map { .init(name: name, value: $0, isCredential: true) }
  }

  private static func readTLS(_ section: Section, into tls: inout HTTPSettings.TLSSettings) {
    tls.caFile = section.file("ca_file")
    tls.certFile = section.file("cert_file")
    tls.keyFile = section.file("key_file")
    tls.serverName = section.text("server_name") { name in
      name.utf8.contains(UInt8(ascii: ":"))
        ? "expected a host name" : URLCheck.hostAndPort(name[...].utf8)
    }
    tls.insecureSkipVerify = section.flag("insecure_skip_verify") ?? false
    tls.minVersion = section.choice("min_version", HTTPSettings.TLSSettings.Version.self)
    section.refuse("ca", "cert", "key", "max_version")
    if section.has("cert_file") != section.has("key_file") {
      let missing = section.has("cert_file") ? "key_file" : "cert_file"
      section.report("cert_file and key_file go together", at: missing)
    }
    if tls.insecureSkipVerify {
      section.value.warn("insecure_skip_verify: anyone may pose as this server")
    }
  }
}

extension Section {
  /// Text that `check` finds nothing wrong with.
  fileprivate func text(_ key: String, _ check: (String) -> String?) -> String? {
    guard let value = self[key], let text = value.text() else { return nil }
    guard let reason = check(text) else { return text }
    value.report(reason)
    return nil
  }
}
