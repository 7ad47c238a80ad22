/// Scheme, host and port of an http or https URL.
struct URLOrigin: Equatable, Sendable {
  var isSecure: Bool
  /// In lower case, an IPv6 address in its brackets.
  var host: String
  var port: Int

  /// `nil` for anything that is not an absolute http(s) URL of printable ASCII without userinfo,
  /// and for one with a backslash: some read it as a slash, libcurl as a part of userinfo.
  init?(_ url: String) {
    let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }
    guard isPlain else { return nil }
    let lowered = url.lowercased()
    if lowered.hasPrefix("https://") {
      isSecure = true
    } else if lowered.hasPrefix("http://") {
      isSecure = false
    } else {
      return nil
    }
    let authority = lowered.dropFirst(isSecure ? 8 : 7).prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else { return nil }
    let hostEnd: Substring.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      hostEnd = authority.index(after: bracket)
    } else {
      hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    host = String(authority[..<hostEnd])
    guard !host.isEmpty else { return nil }
    let rest = authority[hostEnd...]
    if rest.isEmpty || rest == ":" {
      port = isSecure ? 443 : 80
    } else {
      guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()) else { return nil }
      self.port = Int(port)
    }
  }

  /// Whether a request may follow a redirect from here to `other`: the same origin, or the
  /// step from http to https with both at their own ports.
  func mayLead(to other: URLOrigin) -> Bool {
    self == other
      || host == other.host && !isSecure && port == 80 && other.isSecure && other.port == 443
  }

  /// The part of `url` that may be shown: without userinfo, query and fragment.
  static func shown(_ url: String) -> String {
    let path = url.prefix { $0 != "?" && $0 != "#" }
    guard let start = path.firstRange(of: "//")?.upperBound,
      let at = path[start...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
    else { return String(path) }
    return String(path[..<start]) + path[path.index(after: at)...]
  }
}
