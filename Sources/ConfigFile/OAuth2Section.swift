import Signals

extension ConfigFile {
  private static let scopeLimit = 100
  private static let parameterLimit = 100

  /// `nil` when something that it needs is missing or wrong, which is reported.
  static func readOAuth2(_ section: Section) -> OAuth2Settings? {
    let id = section.required("client_id")?.text(length: 1...4096)
    let secret = section.stored("client_secret")
    if !section.has("client_secret") && !section.has("client_secret_file") {
      section.report("required, or client_secret_file", at: "client_secret")
    }
    let url = section.required("token_url").flatMap { readURL($0, credentialsUnder: "client_id") }
    let scopes = (section["scopes"]?.items(atMost: scopeLimit) ?? []).compactMap(readScope)
    let parameters = readParameters(section)
    let resource = readResource(section)
    let method = section.choice("auth_method", OAuth2Settings.Method.self)
    let proxy = readProxy(section)
    var tls = HTTPSettings.TLSSettings()
    section.section("tls_config") { readTLS($0, into: &tls) }
    section.refuse("no_proxy", "proxy_from_environment", "proxy_connect_header")
    if let url, url.lowercased().hasPrefix("http://"), !URLCheck.isLoopback(url) {
      section.value.warn("the client's secret travels unencrypted: token_url is http, not https")
    }
    guard let id, let secret, let url else { return nil }
    var oauth2 = OAuth2Settings(clientID: id, clientSecret: secret, tokenURL: url)
    oauth2.scopes = scopes
    oauth2.parameters = parameters
    oauth2.resource = resource
    oauth2.method = method ?? oauth2.method
    oauth2.proxyURL = proxy
    oauth2.tls = tls
    return oauth2
  }

  /// A scope is a word without blanks, quotes and backslashes (RFC 6749, 3.3).
  private static func readScope(_ value: Value) -> String? {
    value.takes(.described("a scope, without blanks"))
    guard let text = value.text(length: 1...1024) else { return nil }
    let isScope = text.utf8.allSatisfy {
      $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if !isScope { value.report("not a scope: a list has an entry for each") }
    return isScope ? text : nil
  }

  private static func readParameters(_ section: Section) -> [OAuth2Settings.Parameter] {
    let reserved = ["grant_type", "client_id", "client_secret", "scope", "resource"]
    guard let value = section["endpoint_params"] else { return [] }
    value.takes(.mapping(atMost: parameterLimit))
    guard let entries = value.entries() else { return [] }
    if entries.count > parameterLimit { value.report("at most \(parameterLimit) parameters") }
    return entries.prefix(parameterLimit).compactMap { entry in
      let item = Value(
        node: entry.value, path: value.path.joined(key: entry.key), context: value.context)
      if reserved.contains(entry.key) { item.report("a parameter that has a key of its own") }
      return item.text(length: 0...4096).map { .init(name: entry.key, value: Secret($0)) }
    }
  }

  /// Nothing between the quotes names no resource.
  private static func readResource(_ section: Section) -> String? {
    guard let value = section["resource"] else { return nil }
    value.takes(.described("a URL, or nothing between quotes"))
    guard let text = value.text(length: 0...URLCheck.lengthLimit) else { return nil }
    if !text.isEmpty, text.utf8.contains(UInt8(ascii: "#")) {
      value.report("must not have a fragment (#)")
    }
    return text
  }
}
