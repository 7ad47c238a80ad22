import MCPWire
import Signals
import TestSupport
import Testing

/// A recorded server, and what a probe of its catalogue must say of it.
struct RecordedServer: Sendable, CustomTestStringConvertible {
  var name: String
  var transport: MCPTransport
  var version: String
  var counts: CatalogueCounts
  var hasSession = false
  /// Pages of its tools.
  var pages = 1

  var testDescription: String { name }

  init(
    _ name: String, _ transport: MCPTransport, _ version: String,
    _ tools: Int, _ prompts: Int?, _ resources: Int?, session: Bool = false, pages: Int = 1
  ) {
    self.name = name
    self.transport = transport
    self.version = version
    counts = CatalogueCounts(tools: tools, prompts: prompts, resources: resources)
    hasSession = session
    self.pages = pages
  }

  static let all = [
    RecordedServer("fastmcp-2.14.7-http", .streamableHTTP, "2025-11-25", 2, 1, 1, session: true),
    RecordedServer("fastmcp-4.1.0-http-paged", .statelessHTTP, "2026-07-28", 5, 1, 1, pages: 3),
    RecordedServer("fastmcp-4.1.6-http-paged", .statelessHTTP, "2026-07-28", 5, 1, 1, pages: 3),
    RecordedServer("mcp-1.9.4-streamable", .streamableHTTP, "2025-03-26", 2, 1, 1, session: true),
    RecordedServer("mcp-1.30.0-streamable", .streamableHTTP, "2025-11-25", 2, 1, 1, session: true),
    RecordedServer("mcp-1.30.0-stateless-json", .streamableHTTP, "2025-11-25", 2, 1, 1),
    RecordedServer("mcp-2.3.0-streamable", .statelessHTTP, "2026-07-28", 2, 1, 1),
    RecordedServer("mcp-2.3.0-stateless-json", .statelessHTTP, "2026-07-28", 2, 1, 1),
    RecordedServer(
      "mcp-go-0.55-grafana-1.0.0-http", .streamableHTTP, "2025-11-25", 65, nil, 1, session: true),
    RecordedServer("mcp-proxy-fetch-stateless", .streamableHTTP, "2025-11-25", 1, 1, 0),
    RecordedServer(
      "mcp-proxy-time-http", .streamableHTTP, "2025-11-25", 2, nil, nil, session: true),
    RecordedServer("fastmcp-4.1.0-sse", .httpSSE, "2025-11-25", 2, 1, 1),
    RecordedServer("mcp-1.2.1-sse", .httpSSE, "2024-11-05", 2, 1, 1),
    RecordedServer("mcp-go-0.55-grafana-1.0.0-sse", .httpSSE, "2025-11-25", 65, nil, 1),
    RecordedServer("mcp-proxy-time-sse", .httpSSE, "2025-11-25", 2, nil, nil),
  ]
}

@Suite("Recorded conversations", .enabled(if: Recording.areHere, Recording.absence))
struct RecordedConversationTests {
  @Test("are understood in any cut", arguments: RecordedServer.all)
  func understood(expected: RecordedServer) async throws {
    let recording = try Recording(expected.name)
    for chunk in chunks(for: recording) {
      await Task.yield()
      let isSSE = expected.transport == .httpSSE
      var server = isSSE ? try streamed(recording) : answering(recording)
      server.chunk = chunk
      let target = ProbeTarget(url: "http://mcp.test/\(isSSE ? "sse" : "mcp")")
      let first = try run(server, ServerMemory(), .catalogue, target: target)
      let result = first.result
      let memory = result.memory
      var catalogue = result.catalogue
      catalogue?.resourceTemplates = nil
      guard result.outcome == .ok, result.transport == expected.transport,
        result.protocolVersion == expected.version, catalogue == expected.counts,
        result.warnings.isEmpty, (memory.sessionID != nil) == expected.hasSession,
        result.server?.name.isEmpty == false,
        first.stages.count(where: { $0 == .toolsList }) == expected.pages
      else {
        Issue.record("at \(chunk) bytes a time: \(first.stages) \(result)")
        return
      }
      let held = memory.stream?.openedAt
      let second = try #require(
        server.probe(
          target, memory: memory, at: Say.now.advanced(by: .seconds(30)), heldStream: held)
      )
      guard second.requests.count == 1, second.result.outcome == .ok else {
        Issue.record("at \(chunk) bytes a time: then \(second.stages) \(second.result)")
        return
      }
    }
  }

  /// Every size for short bodies; for long ones all up to 64, and a few of a network's.
  private func chunks(for recording: Recording) -> [Int] {
    let longest = recording.exchanges.map(\.reply.body.count).max() ?? 1
    guard longest > 700 else { return Array(1...longest) }
    return Array(1...64)
      + [100, 257, 512, 1000, 1448, 4096, 16_384, longest].filter { $0 <= longest }
  }

  /// A server of streamable HTTP with these answers.
  private func answering(_ recording: Recording) -> ScriptedServer {
    var page = 0
    return ScriptedServer { request in
      let title = Self.title(of: request)
      let found = recording.all(title)
      let isNext = request.text.contains(#""cursor""#)
      page = isNext ? page + 1 : 0
      let number = isNext ? page - 1 : 0
      guard number < found.count else { return Reply(404) }
      return found[number].reply(to: request.id)
    }
  }

  private static func title(of request: ProbeRequest) -> String {
    switch request.stage {
    case .discover: return "modern server/discover 2026-07-28"
    case .initialize: return "initialize 2025-11-25"
    case .initialized: return "notifications/initialized"
    case .ping: return "ping"
    default:
      let era = request.header("Mcp-Method") == nil ? "" : "modern "
      let page = request.text.contains(#""cursor""#) ? " next page" : ""
      return era + request.stage.method + page
    }
  }

  /// A server of the old transport: answers come on its stream.
  private func streamed(_ recording: Recording) throws -> ScriptedServer {
    let stream = try RecordedStream(recording)
    return ScriptedServer { request in
      switch request.stage {
      case .sseOpen: return stream.open
      case .discover:
        return recording.all(Self.atURL("modern server/discover")).first?.reply ?? Reply(404)
      default: break
      }
      let name = "POST \(request.stage.method)"
      guard request.url.contains("ession"), let found = recording.all(name).first
      else { return Reply(404) }
      var reply = found.reply
      reply.pushed = stream.answer(to: found.id, as: request.id)
      return reply
    }
  }

  private static func atURL(_ what: String) -> String { "\(what) POSTed to the SSE url" }

  @Test("the old transport is found behind any path", arguments: RecordedServer.all)
  func detected(expected: RecordedServer) throws {
    guard expected.transport == .httpSSE else { return }
    let recording = try Recording(expected.name)
    let streamed = try streamed(recording)
    let refusal = try recording.exchange(Self.atURL("initialize")).reply
    let server = ScriptedServer { request in
      request.stage == .initialize && request.url.hasSuffix("/mcp")
        ? refusal : streamed.reply(request)
    }
    let probe = try run(server)
    #expect(probe.stages == [.discover, .initialize, .sseOpen, .initialize, .initialized])
    #expect(probe.result.outcome == .ok, "\(probe.result.detail)")
    #expect(probe.result.transport == .httpSSE)
  }

  @Test("a stream that is gone is opened once more", arguments: RecordedServer.all)
  func reopened(expected: RecordedServer) throws {
    guard expected.transport == .httpSSE else { return }
    let recording = try Recording(expected.name)
    let server = try streamed(recording)
    let target = ProbeTarget(url: "http://mcp.test/sse")
    let memory = try run(server, target: target).result.memory
    let after = try recording.exchange("POST to the endpoint after the stream is closed").reply
    var isGone = true
    let restarted = ScriptedServer { request in
      guard isGone, request.stage == .ping else { return server.reply(request) }
      isGone = false
      // mcp 1.2.1 takes the message all the same, and nothing comes of it but the stream's end.
      var reply = after
      reply.endsStream = after.head.status == 202
      return reply
    }
    let probe = try #require(
      restarted.probe(
        target, memory: memory, at: Say.now.advanced(by: .seconds(30)),
        heldStream: memory.stream?.openedAt))
    #expect(probe.stages == [.ping, .sseOpen, .initialize, .initialized, .ping])
    #expect(probe.result.outcome == .ok, "\(probe.result.detail)")
    #expect(probe.result.warnings == [.sessionReinit])
  }
}
