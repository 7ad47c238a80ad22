/// Says what is wrong with an address; `nil` is nothing. Never quotes it.
enum URLCheck {
  static let lengthLimit = 8192

  /// An absolute http or https URL without userinfo and fragment; `http` is the key under which
  /// credentials are given instead.
  static func server(_ url: String, http: String = "http") -> String? {
    guard let parts = split(url), ["http", "https"].contains(parts.scheme) else {
      return "must begin with http:// or https://"
    }
    if let reason = characters(url) { return reason }
    if parts.hasFragment { return "must not have a fragment (#)" }
    if parts.authority.contains(UInt8(ascii: "@")) {
      return "must not hold credentials; put them under \(http)"
    }
    return hostAndPort(parts.authority)
  }

  /// A proxy's URL; credentials are allowed in it.
  static func proxy(_ url: String) -> String? {
    guard let parts = split(url), ["http", "https", "socks5", "socks5h"].contains(parts.scheme)
    else { return "must begin with http://, https://, socks5:// or socks5h://" }
    if let reason = characters(url) { return reason }
    if !["", "/"].contains(parts.rest) { return "must not have a path" }
    let host = parts.authority.split(
      separator: UInt8(ascii: "@"), maxSplits: .max, omittingEmptySubsequences: false)
    guard host.count <= 2, let last = host.last else { return "has an @ too many" }
    return hostAndPort(last)
  }

  /// `HOST` or `HOST:PORT`, as in a Host header.
  static func hostAndPort(_ text: Substring.UTF8View) -> String? {
    let (host, port) = splitPort(text)
    if host.isEmpty { return "has no host" }
    if !isHost(host) { return "has a character that no host name has" }
    guard let port else { return nil }
    return isPort(port) ? nil : "the port must be a number from 1 to 65535"
  }

  /// libcurl's `HOST1:PORT1:HOST2:PORT2`; each may be empty, an IPv6 address stands in brackets.
  static func connectTo(_ text: String) -> String? {
    var parts: [Substring.UTF8View] = []
    var rest = text.utf8[...]
    while true {
      let isBracketed = rest.first == UInt8(ascii: "[")
      let end =
        isBracketed ? rest.firstIndex(of: UInt8(ascii: "]")) : rest.firstIndex(of: colon)
      let stop = end.flatMap { rest[$0...].firstIndex(of: colon) } ?? rest.endIndex
      parts.append(Substring(rest[..<stop]).utf8)
      if stop == rest.endIndex { break }
      rest = rest[rest.index(after: stop)...]
    }
    let isWhole =
      parts.count == 4
      && [parts[0], parts[2]].allSatisfy { $0.isEmpty || isHost($0) }
      && [parts[1], parts[3]].allSatisfy { $0.isEmpty || isPort($0) }
    return isWhole ? nil : "expected HOST1:PORT1:HOST2:PORT2"
  }

  /// Whether it names this machine, so that nothing leaves it.
  static func isLoopback(_ url: String) -> Bool {
    guard let parts = split(url) else { return false }
    let host = String(decoding: splitPort(parts.authority).host, as: UTF8.self).lowercased()
    return host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
  }

  private static let colon = UInt8(ascii: ":")

  private struct Parts {
    var scheme: String
    var authority: Substring.UTF8View
    var rest: String
    var hasFragment: Bool
  }

  private static func split(_ url: String) -> Parts? {
    let utf8 = url.utf8
    guard let end = utf8.firstIndex(of: colon), utf8[end...].starts(with: "://".utf8)
    else { return nil }
    let afterScheme = utf8[end...].dropFirst(3)
    let authority = afterScheme.prefix { !"/?#".utf8.contains($0) }
    let rest = afterScheme[authority.endIndex...]
    return Parts(
      scheme: String(decoding: utf8[..<end], as: UTF8.self).lowercased(),
      authority: authority, rest: String(decoding: rest, as: UTF8.self),
      hasFragment: rest.contains(UInt8(ascii: "#")))
  }

  /// RFC 3986 allows no others; a percent sign begins an escape.
  private static func characters(_ url: String) -> String? {
    let isAllowed = { (byte: UInt8) in
      byte.isLetterOrDigit || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
    }
    return url.utf8.allSatisfy(isAllowed) ? nil : "has a character that must be percent-encoded"
  }

  private static func splitPort(
    _ text: Substring.UTF8View
  ) -> (host: Substring.UTF8View, port: Substring.UTF8View?) {
    let afterBracket = text.lastIndex(of: UInt8(ascii: "]")) ?? text.startIndex
    guard let end = text[afterBracket...].firstIndex(of: colon) else { return (text, nil) }
    return (Substring(text[..<end]).utf8, Substring(text[text.index(after: end)...]).utf8)
  }

  private static func isPort(_ text: Substring.UTF8View) -> Bool {
    guard text.count <= 5, text.allSatisfy(\.isDigit), let port = Int(Substring(text)) else {
      return false
    }
    return (1...65535).contains(port)
  }

  private static func isHost(_ text: Substring.UTF8View) -> Bool {
    guard text.first == UInt8(ascii: "[") else {
      return text.count <= 253
        && text.allSatisfy { $0.isLetterOrDigit || "-._~%".utf8.contains($0) }
    }
    let address = text.dropFirst().dropLast()
    let isAddress = address.allSatisfy { $0.isLetterOrDigit || ":.%-_".utf8.contains($0) }
    return text.last == UInt8(ascii: "]") && address.count >= 2 && address.contains(colon)
      && isAddress
  }
}
