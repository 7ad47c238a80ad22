/// What the row of an MCP of the configuration file says in `mcp_servers`.
package struct LinkedServer: Equatable, Sendable {
  package var name: String
  /// Without the values of its query.
  package var url: String
  package var description: String
  /// http, sse; `nil`: found out.
  package var transport: String?
  package var isEnabled: Bool

  package init(
    name: String, url: String, description: String = "", transport: String? = nil,
    isEnabled: Bool = true
  ) {
    self.name = name
    self.url = url
    self.description = description
    self.transport = transport
    self.isEnabled = isEnabled
  }
}
