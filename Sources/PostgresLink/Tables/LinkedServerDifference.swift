import Agent

/// What the rows of an agent's MCPs lack.
struct LinkedServerDifference {
  private(set) var missing: [LinkedServer] = []
  private(set) var changed: [(id: Int64, server: LinkedServer)] = []
  /// Rows that another agent made, or this one when it had another journal, or nobody's.
  private(set) var adopted: [Int64] = []
  /// Rows of MCPs that the file has no more.
  private(set) var gone: [Int64] = []
  private(set) var problems: [String] = []

  private let columns: ServerColumns
  private let agentID: String

  init(servers: ServerColumns, agentID: String) {
    columns = servers
    self.agentID = agentID
  }

  /// As the columns take it. A name is never cut: it would be another MCP's.
  mutating func writable(_ servers: [LinkedServer]) -> [LinkedServer] {
    servers.compactMap { server in
      guard columns.name.fitting(server.name) == server.name else {
        problems.append("\(server.name): the name does not fit into mcp_servers.name")
        return nil
      }
      var fitted = server
      fitted.url = columns.url.fitting(server.url)
      fitted.description = columns.description.fitting(server.description)
      fitted.transport = server.transport.map(columns.transport.fitting)
      return fitted
    }
  }

  /// `rows`: id, name, url, description, status, protocol, agent.
  mutating func compare(_ wanted: [LinkedServer], with rows: Rows) {
    var absent: [String: LinkedServer] = [:]
    for server in wanted { absent[server.name] = server }
    for row in 0..<rows.count {
      guard let id = rows.int64(row, 0), let name = rows.text(row, 1) else { continue }
      let agent = rows.text(row, 6)
      guard let server = absent.removeValue(forKey: name) else {
        if agent == agentID { gone.append(id) }
        continue
      }
      // Somebody's own row, or nobody's that somebody has put to use.
      guard let agent, !(agent.isEmpty && rows.text(row, 4) != "inactive") else { continue }
      if agent != agentID { adopted.append(id) }
      let isSame =
        rows.text(row, 2) == server.url && rows.text(row, 3) == server.description
        && rows.text(row, 4) == server.status && rows.text(row, 5) == server.transport
      if !isSame { changed.append((id, server)) }
    }
    missing = wanted.filter { absent.removeValue(forKey: $0.name) != nil }
  }
}

extension LinkedServerDifference {
  /// The same as pieces that can be written one by one: what there are many of, by itself.
  var parts: [Self] {
    func part(_ fill: (inout Self) -> Void) -> Self {
      var part = Self(servers: columns, agentID: agentID)
      fill(&part)
      return part
    }
    var parts = missing.map { server in part { $0.missing = [server] } }
    parts += changed.map { change in part { $0.changed = [change] } }
    if !adopted.isEmpty { parts.append(part { $0.adopted = adopted }) }
    if !gone.isEmpty { parts.append(part { $0.gone = gone }) }
    return parts
  }
}

extension LinkedServer {
  var status: String { isEnabled ? "active" : "inactive" }
}
