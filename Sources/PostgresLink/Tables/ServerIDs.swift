/// `mcp_servers.id` by name: of all rows, whoever made them and whatever their status.
package struct ServerIDs: Equatable, Sendable {
  package var byName: [String: Int64] = [:]

  package init() {}

  package subscript(name: String) -> Int64? { byName[name] }
}
