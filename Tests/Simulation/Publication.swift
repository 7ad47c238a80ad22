import Agent
import AgentRuntime
import Breaking
import MCPWire
import Signals
import Synchronization

/// What the world has been shown, as `PublishedState` keeps it.
struct Publication {
  private(set) var ids: [MCPID] = []
  private(set) var statuses: [MCPStatus] = []
  private var indices: [MCPID: Int] = [:]
  var figures = AgentFigures()
  private(set) var arrangements = 0
  /// The names before the last arrangement.
  private(set) var gone: [String] = []
  var heartbeat: Timestamp?
  /// Places that the last turn has changed.
  private(set) var changed: [Int] = []
  /// What the last turn has shown otherwise than may be.
  private(set) var trouble: String?

  /// The MCPs whose circuit or `mcp_up` has changed.
  mutating func apply(_ effects: [AgentEffect], at wall: Timestamp) -> [MCPStatus] {
    var moved: [MCPStatus] = []
    changed.removeAll(keepingCapacity: true)
    for effect in effects {
      switch effect {
      case .publish(let id, let status):
        guard let index = indices[id] else { break }
        let circuit = statuses[index].circuit
        if circuit != status.circuit || statuses[index].isUp != status.isUp { moved.append(status) }
        watch(statuses[index], status, at: wall)
        statuses[index] = status
        changed.append(index)
      case .arrange(let arranged):
        arrange(arranged)
      case .stopClock(let id, let end):
        if let index = indices[id], statuses[index].downtimeEnd == nil {
          statuses[index].downtimeEnd = end
        }
      case .probe, .forget, .persist, .answer, .wake:
        break
      }
    }
    heartbeat = wall
    return moved
  }

  private mutating func arrange(_ arranged: [ArrangedMCP]) {
    gone = statuses.map(\.description.name)
    statuses = arranged.map { mcp in indices[mcp.id].map { statuses[$0] } ?? mcp.initial }
    ids = arranged.map(\.id)
    indices = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($0.element, $0.offset) })
    arrangements += 1
    changed = Array(statuses.indices)
  }

  /// Counters only grow.
  private mutating func watch(_ before: MCPStatus, _ after: MCPStatus, at wall: Timestamp) {
    let isGrown =
      after.counters.probesOK >= before.counters.probesOK
      && after.counters.recoveryAttempts >= before.counters.recoveryAttempts
      && after.downtime(at: wall) >= before.downtime(at: wall)
    if !isGrown { trouble = "a counter of \(after.description.name) went back" }
  }
}

/// Where the rule engine looks for what is published.
final class Desk: Sendable {
  private let content = Mutex(
    AgentSnapshot(mcps: [], agent: AgentHealth(), at: Timestamp(milliseconds: 0)))

  var snapshot: AgentSnapshot { content.withLock { $0 } }

  func put(_ snapshot: AgentSnapshot) { content.withLock { $0 = snapshot } }
}
