import Agent

/// Every path that there is.
enum Route: Equatable {
  case metrics, index, style
  case healthy, ready
  case reload, quit
  case drill(CoordinatorDrill.Fault)
  case mcps
  case mcp(name: String)
  case recoveryQueue
  case events(mcp: String)
  /// Of the agent itself.
  case agentEvents
  case query(QueryRoute)
  case probe

  init?(_ segments: [String]) {
    switch segments {
    case []: self = .index
    case ["metrics"]: self = .metrics
    case ["style.css"]: self = .style
    case ["probe"]: self = .probe
    case ["-", "healthy"]: self = .healthy
    case ["-", "ready"]: self = .ready
    case ["-", "reload"]: self = .reload
    case ["-", "quit"]: self = .quit
    case ["debug", "coordinator", "crash"]: self = .drill(.crash)
    case ["debug", "coordinator", "stall"]: self = .drill(.stall)
    case ["api", "v1", "mcps"]: self = .mcps
    case ["api", "v1", "recovery-queue"]: self = .recoveryQueue
    case ["api", "v1", "events"]: self = .agentEvents
    default:
      if segments.starts(with: ["api", "v1"]), let route = QueryRoute(Array(segments.dropFirst(2)))
      {
        self = .query(route)
        return
      }
      let rest = segments.dropFirst(3)
      guard segments.starts(with: ["api", "v1", "mcps"]), let name = rest.first, !name.isEmpty
      else { return nil }
      switch Array(rest.dropFirst()) {
      case []: self = .mcp(name: name)
      case ["events"]: self = .events(mcp: name)
      default: return nil
      }
    }
  }

  /// What a request must be allowed to do; `nil`: it changes nothing.
  var permission: Permission? {
    switch self {
    case .reload, .quit: .lifecycle
    case .drill: .faultInjection
    default: nil
    }
  }

  enum Permission { case lifecycle, faultInjection }

  /// The methods it answers; the value of `Allow`.
  var methods: [String] {
    if permission != nil { return ["POST", "PUT"] }
    return takesForm ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]
  }

  /// Whether the parameters may come as the form of a POST.
  var takesForm: Bool {
    if case .query(let route) = self { return route.takesForm }
    return false
  }
}
