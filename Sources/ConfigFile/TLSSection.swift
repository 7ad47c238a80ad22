import Signals

extension ConfigFile {
  /// Most of a certificate or key that stands in the configuration itself, in characters.
  private static let pemLimit = 64 << 10

  static func readTLS(_ section: Section, into tls: inout HTTPSettings.TLSSettings) {
    tls.caFile = section.file("ca_file")
    tls.certFile = section.file("cert_file")
    tls.keyFile = section.file("key_file")
    tls.ca = readPEM(section, "ca")
    tls.cert = readPEM(section, "cert")
    tls.key = readPEM(section, "key")
    tls.serverName = section.text("server_name", as: "the name of a host") { name in
      name.utf8.contains(UInt8(ascii: ":"))
        ? "expected a host name" : URLCheck.hostAndPort(name[...].utf8)
    }
    tls.insecureSkipVerify = section.flag("insecure_skip_verify") ?? false
    tls.minVersion = section.choice("min_version", HTTPSettings.TLSSettings.Version.self)
    tls.maxVersion = section.choice("max_version", HTTPSettings.TLSSettings.Version.self)
    if let least = tls.minVersion, let most = tls.maxVersion, least > most {
      section.report("below min_version", at: "max_version")
    }
    checkPair(section)
    if tls.insecureSkipVerify {
      section.value.warn("insecure_skip_verify: anyone may pose as this server")
    }
  }

  private static func readPEM(_ section: Section, _ key: String) -> Secret? {
    guard let value = section[key] else { return nil }
    value.takes(.described("PEM of at most \(pemLimit) characters, a secret"))
    guard let text = value.text(length: 1...pemLimit, lines: true) else { return nil }
    if section.has("\(key)_file") {
      section.report("set \(key) or \(key)_file, not both", at: "\(key)_file")
    } else if !text.contains("-----BEGIN ") {
      value.report("expected PEM, which begins with -----BEGIN")
    }
    return Secret(text)
  }

  /// A certificate without its key, or the other way round, is of no use.
  private static func checkPair(_ section: Section) {
    let hasCert = section.has("cert_file") || section.has("cert")
    let hasKey = section.has("key_file") || section.has("key")
    guard hasCert != hasKey else { return }
    let isInline = section.has("cert") || section.has("key")
    section.report(
      isInline ? "cert and key go together" : "cert_file and key_file go together",
      at: (hasCert ? "key" : "cert") + (isInline ? "" : "_file"))
  }
}
