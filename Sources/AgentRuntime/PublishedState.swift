import Agent
import Signals
import Synchronization

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
  }

  /// The readers' part of a snapshot.
  struct View: Sendable {
    let statuses: [MCPStatus]
    let figures: AgentFigures
    let stepDurations: DurationHistogram
    let heartbeat: Timestamp?
  }

  private let content = Mutex(Content())

  /// Takes over what one turn of the coordinator has to show.
  func apply(
    _ effects: [AgentEffect], figures: AgentFigures, took duration: Duration?, at wall: Timestamp
  ) {
    content.withLock { content in
      for effect in effects {
        switch effect {
        case .publish(let id, let status):
          if let index = content.indices[id] { content.statuses[index] = status }
        case .arrange(let arranged):
          content.arrange(arranged)
        case .probe, .forget, .persist, .wake:
          break
        }
      }
      content.figures = figures
      if let duration { content.stepDurations.observe(duration) }
      content.heartbeat = wall
    }
  }

  /// The coordinator is alive, though it had nothing to do.
  func beat(at wall: Timestamp) { content.withLock { $0.heartbeat = wall } }

  var view: View {
    content.withLock {
      View(
        statuses: $0.statuses, figures: $0.figures, stepDurations: $0.stepDurations,
        heartbeat: $0.heartbeat)
    }
  }

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
