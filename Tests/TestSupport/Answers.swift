/// What a stateless MCP server says to `server/discover`.
package func discovery(id: Int, capabilities: String = "{}") -> String {
  """
  {"jsonrpc":"2.0","id":\(id),"result":{"resultType":"complete",\
  "supportedVersions":["2026-07-28"],"capabilities":\(capabilities),\
  "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"scripted","version":"1"}}}}
  """
}

/// What a server of the revisions before says to `initialize`.
package func greeting(id: Int) -> String {
  """
  {"jsonrpc":"2.0","id":\(id),"result":{"protocolVersion":"2025-11-25","capabilities":{},\
  "serverInfo":{"name":"scripted","version":"1"}}}
  """
}

/// A whole HTTP response.
package func response(
  _ status: String = "200 OK", headers: [String] = [], body: String
) -> String {
  let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
  return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

package let json = "Content-Type: application/json"

extension Peer {
  /// Answers every request as a healthy server does, until the client closes.
  package func serve() {
    while let request = readRequest() {
      send(response(headers: [json], body: discovery(id: request.id)))
    }
  }
}
