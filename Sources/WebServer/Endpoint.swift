package import Agent

/// A path that there is, with names in braces for what may stand there.
///
/// `all` is the whole of the server: what is not in it is not found, and tests run over it.
package struct Endpoint: Sendable {
  /// `/api/v1/mcps/{name}/events`
  package let path: String
  private let parts: [Part]
  private let make: @Sendable (String) -> Route

  private enum Part: Equatable {
    case word(Substring)
    /// Any one segment that is not empty.
    case name
  }

  /// A path has one name at most.
  private init(_ path: String, _ make: @escaping @Sendable (String) -> Route) {
    self.path = path
    self.make = make
    parts = path.split(separator: "/").map { $0.first == "{" ? .name : .word($0) }
  }

  private init(_ path: String, _ route: Route) { self.init(path) { _ in route } }

  /// The route at these segments; `nil`: they are another path's.
  func route(at segments: [String]) -> Route? {
    guard segments.count == parts.count else { return nil }
    var name = ""
    for (segment, part) in zip(segments, parts) {
      switch part {
      case .word(let word): if segment != word { return nil }
      case .name: name = segment
      }
    }
    return parts.contains(.name) && name.isEmpty ? nil : make(name)
  }

  /// Of each method that it answers, who may use it.
  package var methods: [(method: String, needs: Role)] {
    let route = make("name")
    return route.methods.map { ($0, route.role(for: $0)) }
  }

  package static let all: [Endpoint] = [
    Endpoint("/", .index), Endpoint("/style.css", .style),
    Endpoint("/metrics", .metrics), Endpoint("/probe", .probe),
    Endpoint("/-/healthy", .healthy), Endpoint("/-/ready", .ready),
    Endpoint("/-/reload", .reload), Endpoint("/-/quit", .quit),
    Endpoint("/debug/coordinator/crash", .drill(.crash)),
    Endpoint("/debug/coordinator/stall", .drill(.stall)),
    Endpoint("/api/v1/mcps", .mcps),
    Endpoint("/api/v1/mcps/{name}") { .mcp(name: $0) },
    Endpoint("/api/v1/mcps/{name}/events") { .events(mcp: $0) },
    Endpoint("/api/v1/mcps/{name}/probe") { .act(.probe, mcp: $0) },
    Endpoint("/api/v1/mcps/{name}/enable") { .act(.enable, mcp: $0) },
    Endpoint("/api/v1/mcps/{name}/disable") { .act(.disable, mcp: $0) },
    Endpoint("/api/v1/mcps/{name}/reset") { .act(.reset, mcp: $0) },
    Endpoint("/api/v1/events", .agentEvents),
    Endpoint("/api/v1/recovery-queue", .recoveryQueue),
    Endpoint("/api/v1/sd", .discovery),
    Endpoint("/api/v1/notifications", .messages),
    Endpoint("/api/v1/notifications/{id}/redeliver") { .redeliver(id: $0) },
    // Prometheus's.
    Endpoint("/api/v1/query", .query(.query)),
    Endpoint("/api/v1/query_range", .query(.queryRange)),
    Endpoint("/api/v1/series", .query(.series)),
    Endpoint("/api/v1/labels", .query(.labels)),
    Endpoint("/api/v1/label/{name}/values") { .query(.labelValues(name: $0)) },
    Endpoint("/api/v1/metadata", .query(.metadata)),
    Endpoint("/api/v1/format_query", .query(.formatQuery)),
    Endpoint("/api/v1/parse_query", .query(.parseQuery)),
    Endpoint("/api/v1/status/buildinfo", .query(.buildInfo)),
    Endpoint("/api/v1/rules", .query(.rules)),
    Endpoint("/api/v1/alerts", .query(.alerts)),
    // Alertmanager's.
    Endpoint("/api/v2/status", .alertmanager(.status)),
    Endpoint("/api/v2/receivers", .alertmanager(.receivers)),
    Endpoint("/api/v2/alerts", .alertmanager(.alerts)),
    Endpoint("/api/v2/alerts/groups", .alertmanager(.groups)),
    Endpoint("/api/v2/silences", .alertmanager(.silences)),
    Endpoint("/api/v2/silence/{id}") { .alertmanager(.silence(id: $0)) },
  ]
}
