import Agent

/// Which multi handle serves which MCP: always the same one, so that its connection is found again.
struct Shards {
  private(set) var multis: [MultiHandle] = []
  private var shardOf: [MCPID: Int] = [:]
  private let epoll: Int32
  private let settings: ProberSettings

  init(epoll: Int32, settings: ProberSettings) {
    self.epoll = epoll
    self.settings = settings
  }

  /// The MCP's multi handle; a passing visitor is not remembered. `nil`: libcurl has none left.
  mutating func multi(for mcp: MCPID, remember: Bool) -> MultiHandle? {
    if let shard = shardOf[mcp] { return multis[shard] }
    guard let multi = multis.first(where: { $0.members < settings.hostsPerMulti }) ?? grow()
    else { return nil }
    if remember {
      shardOf[mcp] = multi.index
      multi.members += 1
    }
    return multi
  }

  /// Gives the MCP's place free; the connections of a multi handle that serves nobody close.
  mutating func forget(_ mcp: MCPID) {
    guard let shard = shardOf.removeValue(forKey: mcp) else { return }
    let multi = multis[shard]
    multi.members -= 1
    if multi.members == 0 && multi.running == 0, let fresh = make(index: shard) {
      multis[shard] = fresh
    }
  }

  private mutating func grow() -> MultiHandle? {
    guard let multi = make(index: multis.count) else { return nil }
    multis.append(multi)
    for each in multis { each.keep(connections: share) }
    return multi
  }

  /// Idle connections that each set keeps, of those that all may keep.
  private var share: Int {
    let equal = settings.connectionsMax / max(1, multis.count) - 2
    return max(1, min(settings.connectionsPerMulti, equal))
  }

  private func make(index: Int) -> MultiHandle? {
    MultiHandle(index: index, epoll: epoll, connections: share)
  }
}
