import MCPWire
import Signals
import TestSupport

typealias Reply = ScriptedServer.Reply

/// Answers of servers as literals, and servers made of them.
enum Say {
  static let now = MonotonicInstant(elapsed: .seconds(1_000_000))

  static let discovered = Reply.json(
    """
    {"jsonrpc":"2.0","id":1,"result":{"cacheScope":"private","capabilities":\
    {"prompts":{"listChanged":true},"resources":{},"tools":{"listChanged":true}},\
    "instructions":"hello","resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,\
    "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fixture","version":"9.9.9"}}}}
    """)

  static func initialized(
    _ version: String = "2025-11-25", name: String = "old", capabilities: String = #"{"tools":{}}"#
  ) -> String {
    """
    {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"\(version)",\
    "capabilities":\(capabilities),"serverInfo":{"name":"\(name)","version":"1.2"}}}
    """
  }

  static func result(_ id: Int64, _ result: String = "{}") -> Reply {
    .json(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#)
  }

  static func error(
    _ code: Int, _ message: String = "no", id: String = "1", status: Int = 200, data: String? = nil
  ) -> Reply {
    let data = data.map { #","data":\#($0)"# } ?? ""
    return .json(
      #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)"\#(data)}}"#,
      status: status)
  }

  /// What mcp 1.x says to a request outside a session.
  static let missingSession = error(
    -32600, "Bad Request: Missing session ID", id: #""server-error""#, status: 400)
  static let accepted = Reply(202)
}

extension ProbeRequest {
  /// The `id` member, read by plain looking.
  var id: Int64? {
    let text = String(decoding: body, as: UTF8.self)
    guard let range = text.firstRange(of: #""id":"#) else { return nil }
    return Int64(text[range.upperBound...].prefix { "0123456789".contains($0) })
  }
  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A server of the `initialize` revisions that keeps sessions, as far as a probe sees.
final class LegacyServer {
  var version = "2025-11-25"
  var name = "old"
  var session: String? = "session-1"
  var sessionsMade = 0
  var capabilities = #"{"tools":{},"prompts":{},"resources":{}}"#
  var ping: (ProbeRequest) -> Reply? = { _ in nil }
  var gone = Say.error(-32600, "Session not found", id: #""server-error""#, status: 404)
  var discover: Reply? = Say.missingSession
  var hasSessions = true

  func answer(_ request: ProbeRequest) -> Reply {
    let id = request.id ?? 0
    switch request.stage {
    case .discover: return discover ?? Say.missingSession
    case .initialize:
      sessionsMade += 1
      session = hasSessions ? "session-\(sessionsMade)" : nil
      let reply = Reply.event(Say.initialized(version, name: name, capabilities: capabilities))
      return session.map { reply.session($0) } ?? reply
    default: break
    }
    guard request.header("Mcp-Session-Id") == session else { return gone }
    switch request.stage {
    case .initialized: return Say.accepted
    case .ping: return ping(request) ?? Say.result(id)
    case .toolsList: return Say.result(id, #"{"tools":[{"name":"a"},{"name":"b"}]}"#)
    case .promptsList: return Say.result(id, #"{"prompts":[{"name":"p"}]}"#)
    case .resourcesList: return Say.result(id, #"{"resources":[]}"#)
    case .resourceTemplatesList: return Say.error(-32601, id: "\(id)")
    case .delete: return Reply(200)
    default: return Reply(404)
    }
  }

  var server: ScriptedServer { ScriptedServer { self.answer($0) } }

  /// What a probe of this server remembers after its first one.
  func memory() throws -> ServerMemory { try run(self.server).result.memory }
}

struct EndlessProbe: Error {}

func run(
  _ server: ScriptedServer, _ memory: ServerMemory = ServerMemory(),
  _ purpose: ProbePurpose = .liveness,
  target: ProbeTarget = ProbeTarget(url: "http://mcp.test/mcp"),
  after seconds: Int = 0
) throws -> ScriptedServer.Run {
  let now = Say.now.advanced(by: .seconds(seconds))
  guard let run = server.probe(target, memory: memory, purpose: purpose, at: now) else {
    throw EndlessProbe()
  }
  return run
}
