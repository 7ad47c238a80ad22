/// Relative references (RFC 3986, 5.2), as far as http has them.
package enum URLReference {
  /// Longer ones are refused.
  static let lengthMax = 8192

  /// The absolute http(s) URL that `reference` names on a page at `base`, without its fragment;
  /// `nil` when it is none, or has characters that no URL has.
  package static func resolve(_ reference: String, against base: String) -> String? {
    let text = reference.prefix { $0 != "#" }
    guard text.utf8.count <= lengthMax, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      !text.contains("\\"), let parts = Parts(base)
    else { return nil }
    if let scheme = scheme(of: text) {
      return ["http", "https"].contains(scheme) && Parts(String(text)) != nil ? String(text) : nil
    }
    if text.hasPrefix("//") { return parts.scheme + ":" + text }
    let origin = parts.scheme + "://" + parts.authority
    if text.isEmpty { return origin + parts.path + parts.query }
    if text.hasPrefix("?") { return origin + parts.path + text }
    let path = text.prefix { $0 != "?" }
    let query = text[path.endIndex...]
    let merged = path.hasPrefix("/") ? String(path) : parts.folder + path
    return origin + withoutDots(merged) + query
  }

  /// What stands before the first colon, if that is a scheme.
  private static func scheme(of text: Substring) -> String? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let name = text[..<colon]
    guard let first = name.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7a,
      !name.contains(where: { "/?".contains($0) })
    else { return nil }
    return name.lowercased()
  }

  /// `/a/./b/../c` is `/a/c`.
  private static func withoutDots(_ path: String) -> String {
    var kept: [Substring] = []
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/")
  }

  /// An absolute URL taken apart.
  private struct Parts {
    var scheme: String
    var authority: String
    /// With its slash; never empty.
    var path: String
    /// With its question mark, or empty.
    var query: String

    init?(_ url: String) {
      guard URLOrigin(url) != nil, let start = url.firstRange(of: "://") else { return nil }
      scheme = url[..<start.lowerBound].lowercased()
      let rest = url[start.upperBound...].prefix { $0 != "#" }
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      self.authority = String(authority)
      let path = rest[authority.endIndex...].prefix { $0 != "?" }
      query = String(rest[path.endIndex...])
      self.path = path.isEmpty ? "/" : String(path)
    }

    /// The path up to its last slash.
    var folder: String { String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) }
  }
}
