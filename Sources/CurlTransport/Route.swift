package import Signals

/// Where a request's bytes go when `server_name` differs from the URL's host.
///
/// libcurl takes the name to verify and to send as SNI from the URL alone. So the URL gets that
/// name, the connection still goes to the real host, and the Host header names the real one.
package struct Route: Equatable {
  package var url: String
  package var connectTo: String?
  package var hostHeader: String?
  /// The real host and the port, to translate a redirect back; `nil` when nothing was rewritten.
  private var real: (host: String, port: String)?
  private var serverName = ""

  /// `nil` when the URL or the server name cannot be used.
  package init?(to url: String, settings: HTTPSettings) {
    self.url = url
    connectTo = settings.connectTo
    hostHeader = settings.hostHeader
    guard let serverName = settings.tls.serverName, isHTTPS(url) else { return }
    guard var parsed = ParsedURL(url) else { return nil }
    let host = parsed.host
    let port = parsed.port
    if host == serverName { return }
    let ownPort = parsed.hasOwnPort
    guard parsed.replaceHost(serverName), let rewritten = parsed.text else { return nil }
    self.url = rewritten
    self.serverName = serverName
    real = (host, port)
    hostHeader = settings.hostHeader ?? (ownPort ? "\(host):\(port)" : host)
    let destination = Self.destination(host: host, port: port, entry: settings.connectTo)
    connectTo = "\(serverName):\(port):\(destination.host):\(destination.port)"
  }

  /// A redirect's target as the server meant it: with the real host where the URL was rewritten.
  package func original(redirect: String) -> String {
    guard let real, var parsed = ParsedURL(redirect), parsed.host == serverName,
      parsed.port == real.port, parsed.replaceHost(real.host)
    else { return redirect }
    return parsed.text ?? redirect
  }

  /// What a `HOST1:PORT1:HOST2:PORT2` entry makes of host and port.
  static func destination(
    host: String, port: String, entry: String?
  ) -> (host: String, port: String) {
    guard let fields = entry.map(fields), fields.count == 4 else { return (host, port) }
    let matches =
      (fields[0].isEmpty || fields[0] == host) && (fields[1].isEmpty || fields[1] == port)
    guard matches else { return (host, port) }
    return (fields[2].isEmpty ? host : fields[2], fields[3].isEmpty ? port : fields[3])
  }

  /// Splits at colons outside of brackets.
  private static func fields(_ entry: String) -> [String] {
    var fields = [""]
    var isBracketed = false
    for character in entry {
      if character == "[" { isBracketed = true }
      if character == "]" { isBracketed = false }
      if character == ":" && !isBracketed {
        fields.append("")
      } else {
        fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.url == rhs.url && lhs.connectTo == rhs.connectTo && lhs.hostHeader == rhs.hostHeader
  }
}

/// Whether a URL's scheme is https.
func isHTTPS(_ url: String) -> Bool {
  var expected = "https:".utf8.makeIterator()
  var given = url.utf8.makeIterator()
  while let letter = expected.next() {
    guard let byte = given.next(), byte | 0x20 == letter | 0x20 else { return false }
  }
  return true
}

extension Route {
  /// Host and port that the URL named before it was rewritten, for messages.
  var endpoint: (host: String, port: String) {
    if let real { return real }
    guard let parsed = ParsedURL(url) else { return ("?", "?") }
    return (parsed.host, parsed.port)
  }
}
