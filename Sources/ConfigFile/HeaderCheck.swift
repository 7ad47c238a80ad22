/// Which headers a request to a server may be given.
enum HeaderCheck {
  /// Ours, or libcurl's, or of one connection only.
  private static let reserved: Set<String> = [
    "accept", "accept-encoding", "connection", "content-encoding", "content-length",
    "content-type", "expect", "host", "idempotency-key", "keep-alive", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade", "user-agent",
  ]

  private static let reservedPrefixes = ["mcp-", "x-breakwater-"]

  /// What is wrong with a header's name; `nil` is nothing.
  static func name(_ name: String) -> String? {
    guard name.isToken, name.utf8.count <= 256 else { return "not a header name" }
    let lowercase = name.lowercased()
    if lowercase == "host" { return "use host_header" }
    guard !reserved.contains(lowercase), !reservedPrefixes.contains(where: lowercase.hasPrefix)
    else {
      return "a header that the agent sets itself"
    }
    return nil
  }
}
