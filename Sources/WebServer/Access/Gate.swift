import Agent
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Signals

/// The one place that decides who may ask for what. Every request passes it, whatever its path,
/// before anything looks at the path.
struct Gate: Sendable {
  /// Who asks, and what they may.
  struct Visitor: Sendable {
    var caller: Caller
    var role: Role
  }

  let watch: WebConfigWatch?
  let hosts: HostNames
  let passwords: Passwords
  let agent: any AgentInterface
  let logger: Logger
  private let limiter = RateLimiter()

  init(
    watch: WebConfigWatch?, hosts: HostNames, passwords: Passwords, agent: any AgentInterface,
    logger: Logger
  ) {
    self.watch = watch
    self.hosts = hosts
    self.passwords = passwords
    self.agent = agent
    self.logger = logger
  }

  /// What counts now.
  var config: WebConfig { watch?.look(logger).config ?? WebConfig() }

  /// Lets the request in and says as whom, or throws why not.
  func visitor(
    of request: Request, from client: ClientAddress, under config: WebConfig
  ) async throws -> Visitor {
    guard limiter.allows(under: config.rateLimit) else {
      throw Problem.tooManyRequests.because(.rate)
    }
    try checkHost(request)
    if ![.get, .head].contains(request.method) { try Self.refuseOtherSites(request) }
    guard !config.users.isEmpty else {
      let isOnThisMachine = client.isLoopback && !Self.wasForwarded(request)
      return Visitor(
        caller: Caller(user: nil, address: client.text),
        role: isOnThisMachine ? .operator : .viewer)
    }
    let user = try await user(of: request, from: client, among: config.users)
    return Visitor(caller: Caller(user: user.name, address: client.text), role: user.role)
  }

  /// Throws unless the visitor may use this method of the route.
  func check(_ visitor: Visitor, _ route: Route, _ method: String) throws(Problem) {
    guard !visitor.role.covers(route.role(for: method)) else { return }
    throw Problem.forbidden(
      visitor.caller.user == nil
        ? "only who is on the agent's machine may act, since there are no users: "
          + "see --web.config.file"
        : "this user is a viewer; acting needs an operator, see breakwater_roles"
    ).because(.role)
  }

  private func checkHost(_ request: Request) throws(Problem) {
    guard let authority = request.head.authority, !authority.isEmpty else { return }
    guard hosts.allow(authority, and: agent.allowedHosts) else {
      throw Problem(
        status: .misdirectedRequest, kind: .forbidden,
        message: "not a name of this agent: set --web.external-url, or web.allowed_hosts"
      ).because(.host)
    }
  }

  private func user(
    of request: Request, from client: ClientAddress, among users: [WebUser]
  ) async throws -> WebUser {
    guard let header = request.headers[.authorization],
      let (name, password) = Self.credentials(in: header)
    else { throw Problem.unauthorized.because(.credentials) }
    let user = users.first { $0.name == name }
    let isRight = try await passwords.isRight(
      password, of: name, among: users, from: client.network)
    guard isRight, let user else { throw Problem.unauthorized.because(.credentials) }
    return user
  }

  /// RFC 7617; `nil` for what is no such header.
  static func credentials(in header: String) -> (name: String, password: Secret)? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic",
      let bytes = Self.decoded(parts[1]), !bytes.contains(0),
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      let name = String(validating: bytes[..<colon], as: UTF8.self),
      let password = String(validating: bytes[(colon + 1)...], as: UTF8.self)
    else { return nil }
    return (name, Secret(password))
  }

  /// Base64 to its last character.
  private static func decoded(_ text: Substring) -> [UInt8]? {
    let bytes = Base64.decode(text)
    return Base64.encode(bytes) == text ? bytes : nil
  }

  /// A page of another site, in a browser that reaches the agent, may not act.
  static func refuseOtherSites(_ request: Request) throws(Problem) {
    let refused = Problem.forbidden("requests of other sites may not act").because(.origin)
    if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }) {
      // The browser's own word; a proxy between may have changed the host.
      if site == "same-origin" || site == "none" { return }
      throw refused
    }
    guard let origin = request.headers[.origin] else { return }
    let host = origin.split(separator: "/").last?.lowercased()
    guard host == request.head.authority?.lowercased() else { throw refused }
  }

  /// Whoever is behind a proxy on this machine is not on this machine.
  private static func wasForwarded(_ request: Request) -> Bool {
    request.headers.contains { field in
      let name = field.name.canonicalName
      return proxyHeaders.contains(name) || proxyPrefixes.contains(where: name.hasPrefix)
    }
  }

  /// What proxies add that people know of.
  private static let proxyHeaders: Set = [
    "forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip",
  ]
  private static let proxyPrefixes = ["x-forwarded-", "x-envoy-"]
}
