/// Every path that there is.
enum Route: Equatable {
  case metrics, index, style
  case healthy, ready
  case reload, quit
  case mcps
  case mcp(name: String)
  case recoveryQueue
  case events(mcp: String)
  case query(QueryRoute)

  init?(_ segments: [String]) {
    switch segments {
    case []: self = .index
    case ["metrics"]: self = .metrics
    case ["style.css"]: self = .style
    case ["-", "healthy"]: self = .healthy
    case ["-", "ready"]: self = .ready
    case ["-", "reload"]: self = .reload
    case ["-", "quit"]: self = .quit
    case ["api", "v1", "mcps"]: self = .mcps
    case ["api", "v1", "recovery-queue"]: self = .recoveryQueue
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

  /// Whether a request changes something.
  var acts: Bool { self == .reload || self == .quit }

  /// The methods it answers; the value of `Allow`.
  var methods: [String] {
    if acts { return ["POST", "PUT"] }
    return takesForm ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]
  }

  /// Whether the parameters may come as the form of a POST.
  var takesForm: Bool {
    if case .query(let route) = self { return route.takesForm }
    return false
  }
}
