import Signals

/// The names by which this agent may be asked for.
///
/// A page of another site can make its own name lead here (DNS rebinding), and would then be of the
/// same origin. Its requests carry that name. An address is nobody's name.
struct HostNames: Sendable {
  /// In lower case.
  private let names: Set<String>

  init(_ names: some Sequence<String>) { self.names = Set(names.map { $0.lowercased() }) }

  /// `authority` is what stands in `Host`: with a port or without. `*` among the names, or among
  /// `more`, allows all.
  func allow(_ authority: String, and more: [String] = []) -> Bool {
    let host = Self.host(of: authority).lowercased()
    return IPAddress(host) != nil || host == "localhost" || host.hasSuffix(".localhost")
      || names.contains(host) || names.contains("*")
      || more.contains { $0 == "*" || $0.lowercased() == host }
  }

  /// Without the port, the brackets of an address, and the dot at the end of a full name.
  static func host(of authority: String) -> String {
    if authority.hasPrefix("[") {
      let address = authority.dropFirst().prefix { $0 != "]" }
      let rest = authority.dropFirst(address.count + 1)
      return rest == "]" || rest.hasPrefix("]:") ? String(address) : authority
    }
    let host = authority.prefix { $0 != ":" }
    return String(host.hasSuffix(".") ? host.dropLast() : host)
  }
}
