import Notifications
import Signals

extension ConfigFile {
  private static let alertmanagersLimit = 20

  static func readAlertmanagers(_ value: Value?) -> [AlertmanagerSettings] {
    var first: [Secret: Int] = [:]
    var atOrigin: [String: Int] = [:]
    let items = value?.items(atMost: alertmanagersLimit) ?? []
    return items.enumerated().compactMap { index, item in
      Section.read(item) { section in
        var settings = readAlertmanager(section)
        if let other = first[settings.url], !settings.url.exposed.isEmpty {
          section.report("the URL of alertmanagers[\(other)] too", at: "url")
        }
        first[settings.url] = first[settings.url] ?? index
        settings.othersBefore = atOrigin[settings.origin] ?? 0
        atOrigin[settings.origin, default: 0] += 1
        return settings
      }
    }
  }

  /// The URL is empty when it is missing or wrong, which is reported.
  private static func readAlertmanager(_ section: Section) -> AlertmanagerSettings {
    let url = section.secretURL("url", isBase: true, credentialsUnder: "http")
    var settings = AlertmanagerSettings(url: url ?? Secret(""))
    section.section("http") {
      readHTTP($0, into: &settings.http, url: settings.url.exposed, use: .webhook)
    }
    settings.timeout = section.duration("timeout") ?? settings.timeout
    return settings
  }
}

extension Section {
  /// The URL under `key` or in the file of `key_file`; `default` when neither is there. One that
  /// paths follow (`isBase`) has no query, and loses the slash at its end. Unless it `isOptional`,
  /// there must be one.
  func secretURL(
    _ key: String, isBase: Bool = false, default fallback: Secret? = nil,
    isOptional: Bool = false, orElse hint: String = "",
    credentialsUnder http: String = "http_config"
  ) -> Secret? {
    self[key]?.takes(.secretURL)
    let url = secret(key)
    if !has(key) && !has("\(key)_file") {
      if fallback == nil && !isOptional { report("required, or \(key)_file\(hint)", at: key) }
      return fallback
    }
    guard let url else { return nil }
    guard let reason = Self.whyNoURL(url.exposed, isBase: isBase, http) else {
      return isBase ? Secret(url.exposed.withoutSlashAtEnd) : url
    }
    report(reason, at: has(key) ? key : "\(key)_file")
    return nil
  }

  /// The same for one that is no secret.
  func baseURL(_ key: String) -> String? {
    guard let value = self[key] else { return nil }
    value.takes(.url)
    guard let url = value.text() else { return nil }
    guard let reason = Self.whyNoURL(url, isBase: true) else { return url.withoutSlashAtEnd }
    value.report(reason)
    return nil
  }

  private static func whyNoURL(
    _ url: String, isBase: Bool, _ http: String = "http_config"
  ) -> String? {
    if url.utf8.count > URLCheck.lengthLimit {
      return "longer than \(URLCheck.lengthLimit) characters"
    }
    if let reason = URLCheck.server(url, http: http) { return reason }
    return isBase && url.utf8.contains(UInt8(ascii: "?")) ? "must not have a query (?)" : nil
  }
}

extension String {
  fileprivate var withoutSlashAtEnd: String {
    var text = self[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }
}
