import Agent
import MCPWire
import PostgresLink
import Synchronization
import Threading

/// The link to Postgres, which begins with the first configuration that has one.
final class PostgresDesk: Sendable {
  private let link = Mutex<PostgresLink?>(nil)

  /// False when the system has no thread left for it.
  func configure(_ settings: Settings, _ database: DatabaseSettings, _ parts: PostgresLink.Parts)
    -> Bool
  {
    link.withLock { link in
      let order = settings.postgres.map {
        PostgresLink.Order(
          postgres: $0, servers: settings.mcps.map(LinkedServer.init),
          eventRetention: settings.storage.eventRetention, pollInterval: database.pollInterval)
      }
      if link == nil && order != nil { link = PostgresLink(parts) }
      link?.configure(order)
      return link != nil || order == nil
    }
  }

  func feedHasGrown() { current?.feedHasGrown() }

  /// Brings over what can be in a moment, and ends the link.
  func stop() { current?.stop() }

  var figures: PostgresFigures? { current?.figures }

  var pulse: Pulse? { current?.pulse }

  private var current: PostgresLink? { link.withLock { $0 } }
}

extension LinkedServer {
  /// An MCP of the file.
  init(_ mcp: MCPSettings) {
    let description = MCPDescription(mcp)
    self.init(
      name: mcp.name, url: description.url, description: mcp.description,
      transport: mcp.target.transport == .auto ? nil : mcp.target.transport.rawValue,
      isEnabled: mcp.enabled)
  }
}
