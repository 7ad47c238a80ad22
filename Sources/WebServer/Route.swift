import Agent

/// What a path is for.
enum Route: Equatable, Sendable {
  case metrics, index, style
  case healthy, ready
  case reload, quit
  case drill(CoordinatorDrill.Fault)
  case mcps
  case mcp(name: String)
  case act(MCPAction.Kind, mcp: String)
  case recoveryQueue
  case discovery
  case events(mcp: String)
  /// Of the agent itself.
  case agentEvents
  case query(QueryRoute)
  case probe
  case alertmanager(AlertmanagerRoute)
  case messages
  /// The id of a message.
  case redeliver(id: String)

  init?(_ segments: [String]) {
    for endpoint in Endpoint.all {
      guard let route = endpoint.route(at: segments) else { continue }
      self = route
      return
    }
    return nil
  }

  /// The methods it answers; the value of `Allow`.
  var methods: [String] {
    switch self {
    case .reload, .quit, .drill: ["POST", "PUT"]
    case .alertmanager(let route): route.methods
    case .redeliver, .act: ["POST"]
    default: takesForm ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]
    }
  }

  /// Who may use this method: what only reads is for viewers, everything else for operators.
  func role(for method: String) -> Role {
    let isReading = ["GET", "HEAD"].contains(method) || (method == "POST" && takesForm)
    return isReading ? .viewer : .operator
  }

  /// The flag that it is off without; `nil`: it is never off.
  var flag: Flag? {
    switch self {
    case .reload, .quit: .lifecycle
    case .drill: .faultInjection
    default: nil
    }
  }

  enum Flag { case lifecycle, faultInjection }

  /// Why it cannot be written to, where somebody might think so.
  var readingOnly: String? {
    self == .alertmanager(.alerts) ? "the agent's alerts come from its rules alone" : nil
  }

  /// Whether the parameters may come as the form of a POST.
  var takesForm: Bool {
    if case .query(let route) = self { return route.takesForm }
    return false
  }
}
