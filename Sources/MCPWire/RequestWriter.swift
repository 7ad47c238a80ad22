/// The bytes of our requests.
enum RequestWriter {
  static func discover(
    id: Int64, clientVersion: String, extensions: StaticString? = nil
  ) -> [UInt8] {
    stateless(
      id: id, method: "server/discover", cursor: nil, clientVersion: clientVersion,
      extensions: extensions)
  }

  /// A request of the stateless revision: it says in every message who asks.
  static func stateless(
    id: Int64, method: String, cursor: [UInt8]?, clientVersion: String,
    extensions: StaticString? = nil
  ) -> [UInt8] {
    var bytes = begin(id: id, method: method, capacity: 384 + (cursor?.count ?? 0))
    bytes.append(#","params":{"#)
    append(cursor: cursor, to: &bytes)
    if cursor != nil { bytes.append(",") }
    append(metaOf: clientVersion, extensions, to: &bytes)
    bytes.append("}}")
    return bytes
  }

  private static func append(
    metaOf clientVersion: String, _ extensions: StaticString?, to bytes: inout [UInt8]
  ) {
    bytes.append(#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#)
    bytes.append(#""io.modelcontextprotocol/clientInfo":"#)
    append(client: clientVersion, to: &bytes)
    bytes.append(#","io.modelcontextprotocol/clientCapabilities":{"#)
    if let extensions { bytes.append(#""extensions":{"\#(extensions)":{}}"#) }
    bytes.append("}}")
  }

  /// With the escapes that JSON demands.
  private static func append(string text: String, to bytes: inout [UInt8]) {
    bytes.append(#"""#)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5c: bytes += [0x5c, byte]
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes.append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(#"""#)
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

  /// A call of a tool; `arguments` is a JSON object.
  static func call(
    id: Int64, tool: String, arguments: String, statelessClient: String?, extensions: StaticString?
  ) -> [UInt8] {
    var bytes = begin(id: id, method: "tools/call", capacity: 384 + arguments.utf8.count)
    bytes.append(#","params":{"name":"#)
    append(string: tool, to: &bytes)
    bytes.append(#","arguments":"#)
    bytes.append(arguments)
    if let statelessClient {
      bytes.append(",")
      append(metaOf: statelessClient, extensions, to: &bytes)
    }
    bytes.append("}}")
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
