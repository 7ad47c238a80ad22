import Agent
import Signals
import Synchronization
import Threading

/// What the world may see, kept beside the coordinator so that readers never wait for it.
final class PublishedState: Sendable {
  fileprivate struct Content {
    var ids: [MCPID] = []
    var statuses: [MCPStatus] = []
    var indices: [MCPID: Int] = [:]
    var figures = AgentFigures()
    var stepDurations = DurationHistogram()
    var heartbeat: Timestamp?
    var arrangements: UInt64 = 0
    /// Whether there is a coordinator.
    var isUp = true
    var isDraining = false
    /// The instant of the turn under way.
    var turnAt: Timestamp?
  }

  /// The readers' part of a snapshot.
  struct View: Sendable {
    /// In the order of `statuses`.
    let ids: [MCPID]
    let statuses: [MCPStatus]
    let figures: AgentFigures
    let stepDurations: DurationHistogram
    let heartbeat: Timestamp?
    let isUp: Bool
    let at: Timestamp
  }

  private let content = Mutex(Content())

  /// The instant of a turn that begins. Until it is taken over, no look is later than that: what
  /// grows with time cannot be shown beyond the end that the turn may bring.
  func beginTurn() -> Now {
    content.withLock { content in
      let now = SystemClock.now
      content.turnAt = now.wall
      return now
    }
  }

  /// Takes over what one turn of the coordinator has to show.
  ///
  /// - Returns: the MCPs whose circuit or `mcp_up` has changed, a status for each change.
  func apply(
    _ effects: [AgentEffect], figures: AgentFigures, took duration: Duration?, at wall: Timestamp
  ) -> [MCPStatus] {
    content.withLock { content in
      var moved: [MCPStatus] = []
      for effect in effects {
        switch effect {
        case .publish(let id, let status):
          guard let index = content.indices[id] else { break }
          let before = content.statuses[index]
          if before.circuit != status.circuit || before.isUp != status.isUp { moved.append(status) }
          content.statuses[index] = status
        case .arrange(let arranged):
          content.arrange(arranged)
        case .stopClock(let id, let end):
          // A later end is that of an outage which is not shown yet.
          if let index = content.indices[id], content.statuses[index].downtimeEnd == nil {
            content.statuses[index].downtimeEnd = end
          }
        case .probe, .forget, .persist, .answer, .wake:
          break
        }
      }
      content.figures = figures
      if let duration { content.stepDurations.observe(duration) }
      content.heartbeat = wall
      content.turnAt = nil
      return moved
    }
  }

  /// The coordinator is alive, though it had nothing to do in this turn.
  func beat(at wall: Timestamp) {
    content.withLock {
      $0.heartbeat = wall
      $0.turnAt = nil
    }
  }

  var view: View {
    content.withLock {
      View(
        ids: $0.ids, statuses: $0.statuses, figures: $0.figures,
        stepDurations: $0.stepDurations, heartbeat: $0.heartbeat, isUp: $0.isUp,
        at: $0.turnAt ?? SystemClock.wall)
    }
  }

  /// Whether there is a coordinator from now on; a turn that it was in will not be taken over.
  func setUp(_ isUp: Bool) {
    content.withLock {
      $0.isUp = isUp
      $0.turnAt = nil
    }
  }

  /// What an MCP is called; `nil` when it is not watched.
  func name(of mcp: MCPID) -> String? {
    content.withLock { content in
      content.indices[mcp].map { content.statuses[$0].description.name }
    }
  }

  /// Whether the drain's last orders have been handed to the prober.
  var isDraining: Bool { content.withLock { $0.isDraining } }
  func beginDraining() { content.withLock { $0.isDraining = true } }

  /// A coordinator begins with this many configurations behind it.
  func setArrangements(_ count: UInt64) { content.withLock { $0.arrangements = count } }

  /// How many configurations have taken effect.
  var arrangements: UInt64 { content.withLock { $0.arrangements } }
}

extension PublishedState.Content {
  fileprivate mutating func arrange(_ arranged: [ArrangedMCP]) {
    statuses = arranged.map { mcp in
      indices[mcp.id].map { statuses[$0] } ?? mcp.initial
    }
    ids = arranged.map(\.id)
    indices = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($0.element, $0.offset) })
    arrangements += 1
  }
}
