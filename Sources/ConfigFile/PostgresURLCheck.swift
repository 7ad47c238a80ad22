/// Says what is wrong with libpq's connection URI, as far as it shows without connecting; `nil` is
/// nothing. Never quotes it, since there may be a password in any part of it.
enum PostgresURLCheck {
  /// What libpq 15 to 18 take as parameters, `ssl` being JDBC's.
  private static let parameters = [
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr",
    "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname",
    "load_balance_hosts", "max_protocol_version", "min_protocol_version", "oauth_client_id",
    "oauth_client_secret", "oauth_issuer", "oauth_scope", "options", "passfile", "password", "port",
    "replication", "require_auth", "requirepeer", "requiressl", "scram_client_key",
    "scram_server_key", "service", "ssl", "ssl_max_protocol_version", "ssl_min_protocol_version",
    "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslkeylogfile",
    "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs",
    "tcp_user_timeout", "user",
  ]

  /// Parameters whose values are words.
  private static let words = [
    "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
    // Only where the agent can write.
    "target_session_attrs": ["read-write", "primary"],
  ]

  static func problem(_ url: String) -> String? {
    guard let prefix = ["postgres://", "postgresql://"].first(where: url.hasPrefix) else {
      return "must begin with postgres:// or postgresql://"
    }
    let rest = url.utf8.dropFirst(prefix.utf8.count)
    guard !url.unicodeScalars.contains(where: { $0.isControl || $0 == " " }) else {
      return "has a character that must be percent-encoded"
    }
    guard escapesAreWhole(rest) else { return "has a % that begins no percent-encoded character" }
    let authority = rest.prefix { !"/?".utf8.contains($0) }
    if let reason = self.authority(authority) { return reason }
    let path = rest.dropFirst(authority.count)
    let database = path.prefix { $0 != UInt8(ascii: "?") }
    if database.contains(UInt8(ascii: "@")) { return spareAt }
    let query = path.dropFirst(database.count).dropFirst()
    return query.isEmpty ? nil : self.query(query)
  }

  private static func escapesAreWhole(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    while let start = rest.firstIndex(of: UInt8(ascii: "%")) {
      let digits = rest[start...].dropFirst().prefix(2)
      let code = UInt8(Substring(digits), radix: 16)
      guard digits.count == 2, digits.allSatisfy(\.isLetterOrDigit), code ?? 0 != 0 else {
        return false
      }
      rest = rest[digits.endIndex...]
    }
    return true
  }

  /// What stands before it would be taken for something else, and shown.
  private static let spareAt =
    "has an @ too many; in a user name, a password or a database it is written %40"

  /// `USER:PASSWORD@HOST:PORT,HOST:PORT...`, all of it optional.
  private static func authority(_ text: Substring.UTF8View) -> String? {
    let parts = text.split(
      separator: UInt8(ascii: "@"), maxSplits: .max, omittingEmptySubsequences: false)
    guard parts.count <= 2, let hosts = parts.last else {
      return spareAt
    }
    for host in hosts.split(
      separator: UInt8(ascii: ","), maxSplits: .max, omittingEmptySubsequences: false)
    where !host.isEmpty {
      // Without a host it is this machine's.
      let isPort = host.first == UInt8(ascii: ":")
      let whole = isPort ? "localhost" + Substring(host) : Substring(host)
      if let reason = URLCheck.hostAndPort(whole.utf8) { return reason }
    }
    return nil
  }

  /// `NAME=VALUE&NAME=VALUE...`.
  private static func query(_ text: Substring.UTF8View) -> String? {
    for part in text.split(
      separator: UInt8(ascii: "&"), maxSplits: .max, omittingEmptySubsequences: false)
    {
      let name = Substring(part.prefix { $0 != UInt8(ascii: "=") })
      let value = part.dropFirst(name.utf8.count)
      guard !value.isEmpty else { return "has a parameter without =" }
      guard parameters.contains(String(name)) else {
        let nearest = Nearest.word(to: String(name), among: parameters)
        return "has a parameter that libpq does not know"
          + (nearest.map { "; did you mean \($0)?" } ?? "")
      }
      guard let words = words[String(name)] else { continue }
      guard words.contains(String(Substring(value.dropFirst()))) else {
        return "\(name): expected \(words.joined(separator: " or "))"
      }
    }
    return nil
  }
}
