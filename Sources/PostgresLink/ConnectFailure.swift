import Agent
package import Signals

/// What libpq says when a connection does not come to be. Its results have no SQLSTATE then, but
/// its verbose messages do: `FATAL:  28P01: password authentication failed`, in whatever language.
package enum ConnectFailure {
  /// The error for `message`, which may hold several attempts (with TLS and without).
  package static func error(
    _ message: String, needsPassword: Bool = false, secrets: [Secret] = []
  ) -> LinkError {
    let lines = message.split(whereSeparator: \.isNewline).filter { !isPlace($0) }
    let codes = lines.compactMap { coded($0)?.code }
    // The attempt without TLS after one with it is refused for that alone, and hides the cause.
    let code = codes.first { $0 != "28000" } ?? codes.first
    let reason = reason(code: code, message: message, needsPassword: needsPassword)
    let said = ServerText.without(secrets, in: lines.map(words).joined(separator: "; "))
    let detail = ServerText.line(said)
    return LinkError(
      reason, sqlState: code, detail: detail.isEmpty ? "no word from libpq" : detail)
  }

  private static func reason(
    code: String?, message: String, needsPassword: Bool
  ) -> PostgresFailure {
    if let code {
      if code == "28000", wordsOfNoTLS.allSatisfy(message.contains) { return .tls }
      let reason = SQLState.reason(of: code)
      return reason == .lost ? .busy : reason
    }
    if needsPassword { return .auth }
    return phrases.first { message.contains($0.phrase) }?.reason ?? .unreachable
  }

  /// libpq's own words, which are English: this program sets no locale.
  private static let phrases: [(phrase: String, reason: PostgresFailure)] = [
    ("read-only", .readOnly), ("hot standby mode", .readOnly), ("not in hot standby", .readOnly),
    ("session is not", .readOnly),
    ("password", .auth), ("authentication", .auth), ("SASL", .auth), ("SCRAM", .auth),
    ("GSSAPI", .auth), ("channel binding", .auth),
    ("SSL", .tls), ("certificate", .tls), ("private key", .tls),
  ]

  /// What pg_hba.conf says to a client that came without TLS, in the server's language: elsewhere
  /// it is `auth`.
  private static let wordsOfNoTLS = ["no pg_hba.conf entry", "no encryption"]

  /// `LOCATION:  auth_failed, auth.c:326`.
  private static func isPlace(_ line: Substring) -> Bool {
    line.contains(".c:") && line.last?.isNumber == true
  }

  /// The five characters after the severity, and what follows them.
  private static func coded(_ line: Substring) -> (code: String, text: Substring)? {
    var rest = line
    while let colon = rest.firstIndex(of: ":") {
      rest = rest[colon...].dropFirst()
      let word = rest.drop { $0 == " " }
      let code = word.prefix(5)
      let isCode = code.utf8.count == 5 && code.utf8.allSatisfy(isCodeCharacter)
      let text = word.dropFirst(5)
      if rest.hasPrefix("  ") && isCode && text.hasPrefix(": ") {
        return (String(code), text.dropFirst(2))
      }
    }
    return nil
  }

  private static func isCodeCharacter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  /// Without `connection to server at "db", port 5432 failed: FATAL:  28P01: `: host and code are
  /// named besides.
  private static func words(_ line: Substring) -> Substring {
    if let said = coded(line) { return said.text }
    let mark = " failed: "
    guard line.hasPrefix("connection to server"), let found = line.firstRange(of: mark) else {
      return line
    }
    return line[found.upperBound...]
  }

  /// One error of several hosts: each is named, and the reason is the one that most asks for a
  /// change by people.
  package static func together(_ failures: [(host: String, error: LinkError)]) -> LinkError {
    let worst = failures.min { rank($0.error.reason) < rank($1.error.reason) }?.error
    return LinkError(
      worst?.reason ?? .unreachable, sqlState: worst?.sqlState,
      detail: failures.map { "\($0.host): \($0.error.detail)" }.joined(separator: "; "))
  }

  private static func rank(_ reason: PostgresFailure) -> Int {
    switch reason {
    case .auth: 0
    case .tls: 1
    case .busy: 3
    case .readOnly: 4
    case .unreachable: 5
    default: 2
    }
  }
}
