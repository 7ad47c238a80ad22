import Foundation
import MCPWire
import TestSupport
import Testing

/// The recordings of real servers, played to the script.
@Suite("Recorded servers")
struct RecordedTests {
  /// Exchanges of one recording by their titles, as replies.
  private func recording(_ name: String) -> [String: Reply]? {
    guard let data = SharedCases.data("mcp-transcripts/\(name).txt") else {
      print("skipped: no ../shared/cases/mcp-transcripts here")
      return nil
    }
    var replies: [String: Reply] = [:]
    let text = String(decoding: data, as: UTF8.self).replacingOccurrences(
      of: "\r\n", with: "\u{1}\n")
    for section in text.components(separatedBy: "\n##### ").dropFirst() {
      let lines = section.components(separatedBy: "\n")
      guard let title = lines.first, let start = section.range(of: "\nHTTP/1."),
        let headEnd = section.range(of: "\n\u{1}\n", range: start.upperBound..<section.endIndex),
        let end = section.range(of: "[curl exit", range: headEnd.lowerBound..<section.endIndex)
      else { continue }
      let head = section[start.upperBound..<headEnd.lowerBound]
        .replacingOccurrences(of: "\u{1}", with: "").components(separatedBy: "\n")
      let body = section[headEnd.upperBound..<end.lowerBound]
        .replacingOccurrences(of: "\u{1}\n", with: "\r\n")
      guard let status = head.first.flatMap({ Int($0.split(separator: " ")[1]) }) else { continue }
      var reply = Reply(status, nil, body)
      for line in head.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        switch line[..<colon].lowercased() {
        case "content-type": reply.head.contentType = value
        case "mcp-session-id": reply.head.sessionID = value
        case "www-authenticate": reply.head.challenges.append(value)
        default: break
        }
      }
      var key = title
      while replies[key] != nil { key += "+" }
      replies[key] = reply
    }
    return replies
  }

  /// A recorded reply with the id that was asked for.
  private func adapt(_ reply: Reply?, id: Int64?) -> Reply {
    guard var reply, let id else { return reply ?? Reply(404) }
    let text = String(decoding: reply.body, as: UTF8.self)
    if let range = text.range(of: #""jsonrpc":"2.0","id":[0-9]+"#, options: .regularExpression) {
      reply.body = Array(
        text.replacingCharacters(in: range, with: #""jsonrpc":"2.0","id":\#(id)"#).utf8)
    }
    return reply
  }

  private func server(_ replies: [String: Reply]) -> ScriptedServer {
    ScriptedServer(chunk: 100) { request in
      let stateless = request.header("Mcp-Method") != nil
      let title: String =
        switch request.stage {
        case .discover: "modern server/discover 2026-07-28"
        case .initialize: "initialize 2025-11-25"
        case .initialized: "notifications/initialized"
        case .ping: "ping"
        case .delete: "DELETE session"
        default:
          (stateless ? "modern " : "")
            + request.stage.method
            + (request.text.contains("cursor") ? " next page" : "")
        }
      return self.adapt(replies[title], id: request.id)
    }
  }

  private struct Expected: Sendable {
    var name: String
    var transport: MCPTransport
    var version: String
    var hasSession = false
  }
  private static let servers = [
    Expected(
      name: "mcp-1.9.4-streamable", transport: .streamableHTTP, version: "2025-03-26",
      hasSession: true),
    Expected(
      name: "mcp-1.30.0-streamable", transport: .streamableHTTP, version: "2025-11-25",
      hasSession: true),
    Expected(name: "mcp-1.30.0-stateless-json", transport: .streamableHTTP, version: "2025-11-25"),
    Expected(name: "mcp-2.3.0-streamable", transport: .statelessHTTP, version: "2026-07-28"),
    Expected(name: "mcp-2.3.0-stateless-json", transport: .statelessHTTP, version: "2026-07-28"),
    Expected(
      name: "fastmcp-2.14.7-http", transport: .streamableHTTP, version: "2025-11-25",
      hasSession: true),
    Expected(
      name: "mcp-proxy-time-http", transport: .streamableHTTP, version: "2025-11-25",
      hasSession: true),
    Expected(name: "mcp-proxy-fetch-stateless", transport: .streamableHTTP, version: "2025-11-25"),
    Expected(
      name: "mcp-go-0.55-grafana-1.0.0-http", transport: .streamableHTTP, version: "2025-11-25",
      hasSession: true),
  ]

  @Test("each is recognised, listed and pinged", arguments: servers)
  private func recognised(expected: Expected) throws {
    guard let replies = recording(expected.name) else { return }
    let server = server(replies)
    let first = try run(server, ServerMemory(), .catalogue)
    #expect(first.result.outcome == .ok, "\(first.result.detail)")
    #expect(first.result.transport == expected.transport)
    #expect(first.result.protocolVersion == expected.version)
    #expect((first.result.memory.sessionID != nil) == expected.hasSession)
    #expect(first.result.warnings == [])
    #expect(first.result.server?.name.isEmpty == false)
    #expect((first.result.catalogue?.tools ?? 0) > 0)
    let second = try run(server, first.result.memory, after: 30)
    #expect(second.requests.count == 1)
    #expect(second.result.outcome == .ok)
  }

  @Test(
    "a list in three pages", arguments: ["fastmcp-4.1.0-http-paged", "fastmcp-4.1.6-http-paged"])
  func paged(name: String) throws {
    guard let replies = recording(name) else { return }
    let whole = server(replies)
    var pages = 0
    let paged = ScriptedServer { request in
      guard request.stage == .toolsList, request.text.contains("cursor") else {
        return whole.reply(request)
      }
      pages += 1
      let title = "modern tools/list next page" + (pages == 1 ? "" : "+")
      return self.adapt(replies[title], id: request.id)
    }
    let probe = try run(paged, ServerMemory(), .catalogue)
    #expect(probe.result.outcome == .ok, "\(probe.result.detail)")
    #expect(probe.stages.filter { $0 == .toolsList }.count == 3)
    #expect(probe.result.catalogue?.tools == 5)
    #expect(probe.result.transport == .statelessHTTP)
  }

  @Test("a session lost in a restart", arguments: ["1.12.4", "1.30.0", "2.3.0"])
  func restart(version: String) throws {
    guard let replies = recording("restart-session-lost-mcp-\(version)") else { return }
    let gone = try #require(replies["ping with the old session id after the restart"])
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    legacy.session = "another"
    legacy.gone = gone
    let probe = try run(legacy.server, memory, after: 60)
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.warnings == [.sessionReinit])
  }

  @Test("a session that idled out")
  func idle() throws {
    guard let replies = recording("idle-expired-404-mcp-1.30.0") else { return }
    let gone = try #require(replies.values.first { $0.head.status == 404 })
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    legacy.session = "another"
    legacy.gone = gone
    #expect(try run(legacy.server, memory).result.warnings == [.sessionReinit])
  }

  @Test("a dead backend behind a living proxy shows in the catalogue only")
  func deadBackend() throws {
    guard let replies = recording("mcp-proxy-dead-backend") else { return }
    let server = ScriptedServer { request in
      let title: String? =
        switch request.stage {
        case .initialize: "initialize, child dead"
        case .initialized: "initialized"
        case .ping: "ping, child dead"
        case .toolsList: "tools/list, child dead"
        default: nil
        }
      return title.map { self.adapt(replies[$0], id: request.id) } ?? Say.missingSession
    }
    #expect(try run(server).result.outcome == .ok)
    let probe = try run(server, ServerMemory(), .catalogue)
    #expect(probe.result.outcome == .jsonrpcError)
    #expect(probe.result.jsonrpcCode == 0)
    #expect(probe.result.stage == .toolsList)
  }

  @Test("priming events, notifications and requests of the server before the answer")
  func noisyStream() throws {
    guard let replies = recording("sse-priming-notification-serverrequest-mcp-1.30.0") else {
      return
    }
    for chunk in [1, 2, 3, 50, 4096] {
      var server = ScriptedServer { request in
        switch request.stage {
        case .initialize: replies["initialize"] ?? Reply(404)
        case .initialized: replies["notifications/initialized"] ?? Reply(404)
        case .toolsList: replies["tools/list"] ?? Reply(404)
        default: Say.missingSession
        }
      }
      server.chunk = chunk
      let probe = try run(server, ServerMemory(), .catalogue)
      #expect(probe.result.outcome == .ok)
      #expect(probe.result.catalogue == CatalogueCounts(tools: 1))
    }
  }

  @Test("a stream closed before its response")
  func closedStream() throws {
    guard let replies = recording("sse-closed-before-response-mcp-1.30.0") else { return }
    let closed = try #require(replies["tools/list"])
    let result = try run(ScriptedServer { _ in closed }, OutcomeTests.memory()).result
    #expect(result.outcome == .sseClosed)
  }

  @Test("too many sessions, a plain web server, and walls of auth")
  func others() throws {
    guard let full = recording("max-sessions-503-mcp-1.30.0"),
      let web = recording("not-mcp-http-server"),
      let auth = recording("auth-mcp-2.3.0"), let bare = recording("auth-fastmcp-4.1.6")
    else { return }
    let refusal = try #require(full["second initialize"])
    let refused = try run(ScriptedServer { $0.stage == .initialize ? refusal : Say.missingSession })
    #expect(refused.result.outcome == .unavailable)
    #expect(refused.result.jsonrpcCode == -32603)
    #expect(refused.result.detail.contains("Too many open sessions"))
    let page = try #require(web["server/discover"])
    #expect(try run(ScriptedServer { _ in page }).result.outcome == .http5xx)
    let wall = try #require(auth["no token"])
    #expect(try run(ScriptedServer { _ in wall }).result.outcome == .authRequired)
    let scope = try #require(auth["token without the scope"])
    #expect(try run(ScriptedServer { _ in scope }).result.outcome == .insufficientScope)
    for reply in bare.values where reply.head.status == 401 {
      var target = ProbeTarget(url: "http://mcp.test/mcp")
      target.expectsAuth = true
      #expect(try run(ScriptedServer { _ in reply }, target: target).result.outcome == .ok)
    }
  }
}
