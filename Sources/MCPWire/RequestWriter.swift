/// The bytes of our requests.
enum RequestWriter {
  static func discover(id: Int64, clientVersion: String) -> [UInt8] {
    stateless(id: id, method: "server/discover", cursor: nil, clientVersion: clientVersion)
  }

  /// A request of the stateless revision: it says in every message who asks.
  static func stateless(
    id: Int64, method: String, cursor: [UInt8]?, clientVersion: String
  ) -> [UInt8] {
    var bytes = begin(id: id, method: method, capacity: 384 + (cursor?.count ?? 0))
    bytes.append(#","params":{"#)
    append(cursor: cursor, to: &bytes)
    if cursor != nil { bytes.append(",") }
    bytes.append(#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#)
    bytes.append(#""io.modelcontextprotocol/clientInfo":"#)
    append(client: clientVersion, to: &bytes)
    bytes.append(#","io.modelcontextprotocol/clientCapabilities":{}}}}"#)
    return bytes
  }

  /// A request inside a session, or to a server of the `initialize` revisions without sessions.
  static func legacy(id: Int64, method: String, cursor: [UInt8]? = nil) -> [UInt8] {
    var bytes = begin(id: id, method: method, capacity: 96 + (cursor?.count ?? 0))
    if cursor != nil {
      bytes.append(#","params":{"#)
      append(cursor: cursor, to: &bytes)
      bytes.append("}")
    }
    bytes.append("}")
    return bytes
  }

  static func initialize(clientVersion: String) -> [UInt8] {
    var bytes = begin(id: 1, method: "initialize", capacity: 256)
    bytes.append(#","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":"#)
    append(client: clientVersion, to: &bytes)
    bytes.append("}}")
    return bytes
  }

  static let initialized = Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8)

  private static func begin(id: Int64, method: String, capacity: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(capacity)
    bytes.append(#"{"jsonrpc":"2.0","id":"#)
    bytes.append(contentsOf: String(id).utf8)
    bytes.append(#","method":""#)
    bytes.append(contentsOf: method.utf8)
    bytes.append(#"""#)
    return bytes
  }

  /// The cursor goes back as it came, escapes and all.
  private static func append(cursor: [UInt8]?, to bytes: inout [UInt8]) {
    guard let cursor else { return }
    bytes.append(#""cursor":""#)
    bytes.append(contentsOf: cursor)
    bytes.append(#"""#)
  }

  /// Our own version is a plain word; anything else in it is left out.
  private static func append(client version: String, to bytes: inout [UInt8]) {
    bytes.append(#"{"name":"breakwater","version":""#)
    for byte in version.utf8 where byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c {
      bytes.append(byte)
    }
    bytes.append(#""}"#)
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }
}
