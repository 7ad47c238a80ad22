import Agent
import CLibpq
package import Signals

/// Where to connect: each host of libpq's URL by itself, since libpq's non-blocking connect has no
/// time limit and would never get past a host that does not answer.
package struct ConnectionTarget: Sendable {
  /// One host, with all that libpq is told for it.
  package struct Host: Sendable {
    /// For people: `db.example:5432`, `/run/postgresql:5432`.
    package var name: String
    /// libpq's keywords and values, in order. Holds passwords.
    package var options: [Option]
    /// For the whole way to a session; at an address, where a name has several.
    package var timeout: Duration
    /// What has to be made addresses; `nil`: one is given, or it is a socket of this machine.
    package var unresolved: String?
  }

  package struct Option: Sendable {
    package var keyword: String
    package var value: Secret
  }

  package var hosts: [Host]
  /// What must not be in an error text, whoever wrote it.
  var secrets: [Secret]

  /// More are refused.
  package static let mostHosts = 32
  private static let defaultTimeout = Duration.seconds(5)

  /// `url`: libpq's URI or `key=value` words; what it leaves out comes from the environment
  /// (PGHOST, PGPASSWORD, PGSERVICE...) as libpq reads it.
  package init(url: Secret?) throws(LinkError) {
    let given = try url.map { (url) throws(LinkError) in try Self.parse(url.exposed) } ?? [:]
    let defaults = Self.environment()
    func value(_ keyword: String) -> String? { given[keyword] ?? defaults[keyword] }

    try Self.refusePasswordOutOfPlace(given)
    secrets = ["password", "sslpassword"].compactMap { value($0).map(Secret.init) }
    // What only the URL's service knows is left to libpq.
    let place = given["service"] == nil ? value : { given[$0] }
    let places = try Place.split(
      hosts: place("host"), addresses: place("hostaddr"), ports: place("port"))
    let timeout = Self.timeout(value("connect_timeout"))
    let shared = Self.sharedOptions(given, defaults)
    hosts = places.map { place in
      Host(
        name: place.name, options: place.options + shared, timeout: timeout,
        unresolved: place.unresolved)
    }
  }

  private static func sharedOptions(
    _ given: [String: String], _ defaults: [String: String]
  ) -> [Option] {
    var options = given
    for keyword in ["host", "hostaddr", "port"] { options[keyword] = nil }
    let session = given["target_session_attrs"] ?? defaults["target_session_attrs"]
    options["target_session_attrs"] = session == "primary" ? "primary" : "read-write"
    options["client_encoding"] = "UTF8"
    let fallbacks = [
      "keepalives_idle": "10", "keepalives_interval": "3", "keepalives_count": "3",
      "tcp_user_timeout": "10000", "fallback_application_name": "breakwater",
    ]
    for (keyword, value) in fallbacks where given[keyword] == nil && defaults[keyword] == nil {
      options[keyword] = value
    }
    return options.sorted { $0.key < $1.key }
      .map { Option(keyword: $0.key, value: Secret($0.value)) }
  }

  /// libpq's own reading: 0 and less mean no limit, which a thread with other work cannot have.
  private static func timeout(_ text: String?) -> Duration {
    guard let seconds = text.flatMap({ Int($0) }), seconds > 0 else { return defaultTimeout }
    return .seconds(min(seconds, 3600))
  }

  /// A password that was not percent-encoded ends up in the host or the database, and from there
  /// in messages.
  private static func refusePasswordOutOfPlace(_ given: [String: String]) throws(LinkError) {
    let isOutOfPlace = ["host", "hostaddr", "port", "dbname"].contains { keyword in
      given[keyword]?.contains("@") ?? false
    }
    guard isOutOfPlace else { return }
    throw LinkError(
      .other,
      detail: "the URL has an @ in a host, port or database: percent-encode the password")
  }
}

extension ConnectionTarget {
  /// The words of `text`, without those that it does not give.
  private static func parse(_ text: String) throws(LinkError) -> [String: String] {
    guard !text.utf8.contains(0) else { throw LinkError(.other, detail: "a NUL in the URL") }
    var message: UnsafeMutablePointer<CChar>?
    let options = unsafe PQconninfoParse(text, &message)
    defer { unsafe PQconninfoFree(options) }
    if let options = unsafe options { return unsafe words(options) }
    let said = unsafe message.map { unsafe String(cString: $0) } ?? "not enough memory"
    unsafe PQfreemem(message)
    throw LinkError(.other, detail: "the URL is not one for libpq: " + withoutQuotes(said))
  }

  /// What libpq quotes may be a part of the password.
  static func withoutQuotes(_ message: String) -> String {
    let bytes = Array(message.utf8)
    let quote = UInt8(ascii: "\"")
    var text = message
    if let first = bytes.firstIndex(of: quote), let last = bytes.lastIndex(of: quote) {
      text =
        String(decoding: bytes[..<first], as: UTF8.self) + "..."
        + String(decoding: bytes[(last + 1)...], as: UTF8.self)
    }
    return ServerText.line(text)
  }

  private static func environment() -> [String: String] {
    let options = unsafe PQconndefaults()
    defer { unsafe PQconninfoFree(options) }
    guard let options = unsafe options else { return [:] }
    return unsafe words(options)
  }

  private static func words(
    _ options: UnsafeMutablePointer<PQconninfoOption>
  ) -> [String: String] {
    var words: [String: String] = [:]
    var next = unsafe options
    while let keyword = unsafe next.pointee.keyword {
      if let value = unsafe next.pointee.val {
        unsafe words[String(cString: keyword)] = unsafe String(cString: value)
      }
      unsafe next += 1
    }
    return words
  }
}
