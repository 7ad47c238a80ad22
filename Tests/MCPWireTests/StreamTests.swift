import MCPWire
import Signals
import TestSupport
import Testing

/// The transport of 2024-11-05: one held stream, answers on it.
@Suite("Held stream") struct StreamTests {
  private static let target = ProbeTarget(url: "http://mcp.test/sse")
  private static let endpoint = "event: endpoint\r\ndata: /messages/?session_id=91b7\r\n\r\n"

  private static func stream(_ body: String = endpoint) -> Reply {
    Reply(200, "text/event-stream; charset=utf-8", body)
  }

  private static func event(_ data: String) -> String {
    ": ping\r\n\r\nevent: message\r\ndata: \(data)\r\n\r\n"
  }

  private static func answer(to request: ProbeRequest, _ result: String = "{}") -> String {
    event(#"{"jsonrpc":"2.0","id":\#(request.id ?? 0),"result":\#(result)}"#)
  }

  /// A server that does all as it should, but for what `other` says.
  private static func server(
    version: String = "2024-11-05", _ other: @escaping (ProbeRequest) -> Reply? = { _ in nil }
  ) -> ScriptedServer {
    ScriptedServer(chunk: 7) { request in
      if let reply = other(request) { return reply }
      switch request.stage {
      case .sseOpen: return stream()
      case .initialize: return .pushing(event(Say.initialized(version)))
      case .initialized: return Reply(202, nil, "Accepted")
      case .toolsList: return .pushing(answer(to: request, #"{"tools":[{"name":"a"}]}"#))
      case .toolsCall:
        return .pushing(answer(to: request, #"{"content":[{"type":"text","text":"42"}]}"#))
      default: return .pushing(answer(to: request))
      }
    }
  }

  @Test func aPathThatEndsInSSEIsAskedForAStreamFirst() throws {
    let run = try #require(Self.server().probe(Self.target, purpose: .catalogue))
    #expect(run.result.outcome == .ok)
    #expect(run.result.transport == .httpSSE)
    #expect(run.result.protocolVersion == "2024-11-05")
    #expect(run.result.catalogue?.tools == 1)
    #expect(run.stages == [.sseOpen, .initialize, .initialized, .toolsList])
    #expect(run.requests.first?.header("Accept") == "text/event-stream")
    #expect(
      run.requests.dropFirst().allSatisfy {
        $0.url == "http://mcp.test/messages/?session_id=91b7"
          && $0.header("Mcp-Session-Id") == nil && $0.header("MCP-Protocol-Version") == nil
      })
    #expect(run.result.memory.redirectedURL == nil)
  }

  @Test func theNextProbePingsOnTheStreamThatIsHeld() throws {
    let first = try #require(Self.server().probe(Self.target))
    let held = try #require(first.result.memory.stream)
    let next = try #require(
      Self.server().probe(
        Self.target, memory: first.result.memory, at: Say.now.advanced(by: .seconds(30)),
        heldStream: held.openedAt))
    #expect(next.result.outcome == .ok)
    #expect(next.stages == [.ping])
    #expect(next.requests.first?.id == 2)
    #expect(next.result.memory.stream == held)
  }

  @Test func aStreamThatIsHeldNoMoreIsOpenedAgain() throws {
    let first = try #require(Self.server().probe(Self.target))
    for held in [nil, MonotonicInstant(elapsed: .seconds(1))] {
      let next = try #require(
        Self.server().probe(Self.target, memory: first.result.memory, heldStream: held))
      #expect(next.result.outcome == .ok)
      #expect(next.stages == [.sseOpen, .initialize, .initialized])
      #expect(next.result.warnings == [.sessionReinit])
    }
  }

  @Test func aServerThatOnlyTakesGetIsFoundAfterTheOthers() throws {
    let server = Self.server { request in
      request.url == "http://mcp.test/mcp" && request.method == .post ? Reply(405) : nil
    }
    let run = try #require(server.probe(ProbeTarget(url: "http://mcp.test/mcp")))
    #expect(run.result.outcome == .ok)
    #expect(run.result.transport == .httpSSE)
    #expect(run.stages == [.discover, .initialize, .sseOpen, .initialize, .initialized])
  }

  struct Loss: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var ping: @Sendable (_ isKept: Bool, ProbeRequest) -> Reply
  }

  private static let losses = [
    Loss(testDescription: "404") { isKept, request in
      isKept ? .text("Could not find session", status: 404) : .pushing(answer(to: request))
    },
    Loss(testDescription: "400 in JSON") { isKept, request in
      isKept
        ? Say.error(-32600, "no such session", status: 400) : .pushing(answer(to: request))
    },
    Loss(testDescription: "the stream ends") { isKept, request in
      isKept ? .pushing("", ending: true) : .pushing(answer(to: request))
    },
  ]

  @Test(arguments: losses)
  func aLostSessionIsOpenedOnceMoreAndTheRequestRepeated(_ loss: Loss) throws {
    let first = try #require(Self.server().probe(Self.target))
    let held = try #require(first.result.memory.stream)
    var isKept = true
    let server = Self.server { request in
      guard request.stage == .ping else { return nil }
      defer { isKept = false }
      return loss.ping(isKept, request)
    }
    let run = try #require(
      server.probe(
        Self.target, memory: first.result.memory, at: Say.now.advanced(by: .seconds(30)),
        heldStream: held.openedAt))
    #expect(run.result.outcome == .ok)
    #expect(run.stages == [.ping, .sseOpen, .initialize, .initialized, .ping])
    #expect(run.result.warnings == [.sessionReinit])
    #expect(run.result.memory.stream != held)
  }

  @Test(arguments: [
    ("event: endpoint\ndata: messages?s=1\n\n", "http://mcp.test/a/messages?s=1"),
    ("event: endpoint\ndata: ?s=1\n\n", "http://mcp.test/a/sse?s=1"),
    ("event: endpoint\ndata: ../b/./m\n\n", "http://mcp.test/b/m"),
    ("event: endpoint\ndata: http://MCP.test:80/m\n\n", "http://MCP.test:80/m"),
    ("event: endpoint\ndata: //mcp.test/m#part\n\n", "http://mcp.test/m"),
  ])
  func anEndpointIsAReference(_ body: String, _ url: String) throws {
    let server = Self.server { $0.stage == .sseOpen ? Self.stream(body) : nil }
    let run = try #require(server.probe(ProbeTarget(url: "http://mcp.test/a/sse")))
    #expect(run.result.outcome == .ok)
    #expect(run.requests.dropFirst().allSatisfy { $0.url == url })
  }

  @Test(arguments: [
    "http://evil.test/m", "https://mcp.test/m", "//mcp.test:81/m", "file:///etc/passwd", "/a b",
    "http://user@mcp.test/m",
  ])
  func anEndpointOfAnotherOriginIsRefused(_ endpoint: String) throws {
    let server = Self.server {
      $0.stage == .sseOpen ? Self.stream("event: endpoint\ndata: \(endpoint)\n\n") : nil
    }
    let run = try #require(server.probe(Self.target))
    #expect(run.result.outcome == .sseEndpointInvalid)
    #expect(run.result.stage == .sseOpen)
    #expect(run.stages == [.sseOpen])
    #expect(run.result.memory.stream == nil)
  }

  @Test func aStreamStaysThroughASlowAnswerAndNotASecond() throws {
    var memory = try #require(Self.server().probe(Self.target)).result.memory
    let held = try #require(memory.stream?.openedAt)
    let mute = Self.server { $0.stage == .ping ? Reply(202, nil, "Accepted") : nil }
    func probe(_ server: ScriptedServer) throws -> ProbeResult {
      try #require(server.probe(Self.target, memory: memory, heldStream: held)).result
    }
    for server in [mute, Self.server(), mute] {
      memory = try probe(server).memory
      #expect(memory.stream?.openedAt == held)
    }
    let second = try probe(mute)
    #expect(second.outcome == .timeoutBody)
    #expect(second.memory.stream == nil)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reply: @Sendable (ProbeRequest) -> Reply?
    var outcome: ProbeOutcome
    var stage: ProbeStage
    var transport = TransportSetting.sse
    var stages: [ProbeStage]
  }

  private static let refusals = [
    Refusal(
      testDescription: "a stream without endpoint", reply: { _ in stream(": hello\n\n") },
      outcome: .sseNoEndpoint, stage: .sseOpen, stages: [.sseOpen]),
    Refusal(
      testDescription: "a stream that is cut", reply: { _ in stream("").cut(.truncated) },
      outcome: .sseNoEndpoint, stage: .sseOpen, stages: [.sseOpen]),
    Refusal(
      testDescription: "a page", reply: { _ in Reply(200, "text/html", "<html>") },
      outcome: .notMCP, stage: .sseOpen, stages: [.sseOpen]),
    Refusal(
      testDescription: "nothing here", reply: { _ in Reply(404) }, outcome: .notFound,
      stage: .sseOpen, stages: [.sseOpen]),
    Refusal(
      testDescription: "nothing here at all", reply: { _ in Reply(404) }, outcome: .notFound,
      stage: .initialize, transport: .auto, stages: [.sseOpen, .discover, .initialize]),
    Refusal(
      testDescription: "a locked door",
      reply: { _ in Reply(401).challenge("Bearer") }, outcome: .authRequired, stage: .sseOpen,
      transport: .auto, stages: [.sseOpen]),
    Refusal(
      testDescription: "no connection", reply: { _ in .failure(.connectRefused, stage: .connect) },
      outcome: .connectRefused, stage: .connect, transport: .auto, stages: [.sseOpen]),
    Refusal(
      testDescription: "taken and never answered",
      reply: { $0.stage == .initialize ? Reply(202, nil, "Accepted") : nil },
      outcome: .timeoutBody, stage: .sseStream, stages: [.sseOpen, .initialize]),
    Refusal(
      testDescription: "a new stream that ends",
      reply: { $0.stage == .initialize ? .pushing("", ending: true) : nil },
      outcome: .sseClosed, stage: .sseStream, stages: [.sseOpen, .initialize]),
    Refusal(
      testDescription: "what is no JSON",
      reply: { $0.stage == .initialize ? .pushing(event("{oops")) : nil },
      outcome: .malformedJSON, stage: .sseStream, stages: [.sseOpen, .initialize]),
    Refusal(
      testDescription: "an error",
      reply: {
        $0.stage == .initialize
          ? .pushing(event(#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#)) : nil
      },
      outcome: .jsonrpcError, stage: .initialize, stages: [.sseOpen, .initialize]),
    Refusal(
      testDescription: "a redirect of the message",
      reply: { $0.stage == .initialize ? .redirect(to: "http://mcp.test/other") : nil },
      outcome: .redirectBlocked, stage: .initialize, stages: [.sseOpen, .initialize]),
  ]

  @Test(arguments: refusals)
  func whatIsWrongIsToldWithItsStage(_ refusal: Refusal) throws {
    var target = Self.target
    target.transport = refusal.transport
    let run = try #require(Self.server(refusal.reply).probe(target))
    #expect(run.result.outcome == refusal.outcome)
    #expect(run.result.stage == refusal.stage)
    #expect(run.stages == refusal.stages)
    #expect(run.result.memory.stream == nil || run.result.verdict != .down)
  }

  @Test func aCheckThatIsNotAnsweredIsTheCheckAlone() throws {
    var target = Self.target
    target.checks = [ToolCheck(name: "tide", tool: "tide")]
    let first = try #require(Self.server().probe(target)).result.memory
    let calls: [Reply] = [Reply(202, nil, "Accepted"), .pushing("", ending: true)]
    for call in calls {
      let server = Self.server { $0.stage == .toolsCall ? call : nil }
      for memory in [ServerMemory(), first] {
        let run = try #require(
          server.probe(
            target, memory: memory, purpose: .catalogue, heldStream: memory.stream?.openedAt))
        #expect(run.result.outcome == .ok)
        #expect(run.result.checks.map(\.isSuccess) == [false])
        #expect(run.stages.count { $0 == .toolsCall } == 1)
      }
    }
  }

  @Test func anEndOfTheStreamLeavesThePOSTItsWord() throws {
    var script = ProbeScript(
      target: Self.target, memory: ServerMemory(), purpose: .liveness, clientVersion: "1",
      now: Say.now)
    guard case .open = script.next() else {
      Issue.record("no stream is opened")
      return
    }
    script.opened(head: Self.stream().head)
    _ = script.received(event: .endpoint(Array("/m".utf8)))
    guard case .send = script.next() else {
      Issue.record("nothing is sent")
      return
    }
    #expect(script.streamEnded(.complete(redirectURL: nil)) == .more)
    let failure = TransferFailure(outcome: .connectionClosed, detail: "reset")
    script.finished(.failed(failure))
    guard case .finish(let result) = script.next() else {
      Issue.record("no end")
      return
    }
    #expect(result.outcome == .connectionClosed)
  }

  @Test func aStreamThatWasNotGreetedIsNotKept() throws {
    let first = try #require(Self.server().probe(Self.target)).result.memory
    let busy = Self.server { $0.stage == .initialize ? Reply(429) : nil }
    let run = try #require(busy.probe(Self.target, memory: first))
    #expect(run.result.outcome == .rateLimited)
    #expect(run.result.memory.stream == nil)
  }

  @Test func aServerThatWentBackToTheOldTransportIsFound() throws {
    var memory = ServerMemory()
    memory.transport = .streamableHTTP
    memory.protocolVersion = "2025-11-25"
    let target = ProbeTarget(url: "http://mcp.test/mcp")
    let server = Self.server { $0.url == target.url && $0.method == .post ? Reply(405) : nil }
    let run = try #require(server.probe(target, memory: memory))
    #expect(run.result.outcome == .ok)
    #expect(run.result.transport == .httpSSE)
    #expect(run.stages == [.ping, .discover, .sseOpen, .initialize, .initialized])
    let gone = ScriptedServer { $0.method == .post ? Reply(405) : Reply(404) }
    let other = try #require(gone.probe(target, memory: memory))
    #expect(other.result.outcome == .methodNotAllowed)
    #expect(other.result.stage == .ping)
  }

  @Test func theSessionOfAStreamDoesNotComeBackInADetail() throws {
    let server = Self.server {
      $0.stage == .sseOpen
        ? Self.stream("event: endpoint\ndata: /m?session_id=91b7c0ffee\n\n")
        : $0.stage == .initialize ? .text("session 91b7c0ffee not found", status: 500) : nil
    }
    let result = try #require(server.probe(Self.target)).result
    #expect(result.outcome == .http5xx)
    #expect(!result.detail.contains("c0ffee"))
  }

  @Test func aStreamMayMoveWithItsSlash() throws {
    let server = Self.server {
      $0.stage == .sseOpen && $0.url.hasSuffix("/sse") ? .redirect(to: "http://mcp.test/sse/") : nil
    }
    let run = try #require(server.probe(Self.target))
    #expect(run.result.outcome == .ok)
    #expect(run.result.warnings == [.redirected])
    #expect(run.result.memory.redirectedURL == "http://mcp.test/sse/")
  }

  @Test func whatAServerAsksOnItsStreamIsNoAnswer() throws {
    let noise = Self.event(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
    let server = Self.server { request in
      request.stage == .initialize ? .pushing(noise + Self.event(Say.initialized())) : nil
    }
    let run = try #require(server.probe(Self.target))
    #expect(run.result.outcome == .ok)
  }

  @Test func anAnswerInThePostItselfCounts() throws {
    let server = Self.server { request in
      request.stage == .initialize ? .json(Say.initialized()) : nil
    }
    #expect(try #require(server.probe(Self.target)).result.outcome == .ok)
  }

  @Test func theSettingPinsTheTransport() throws {
    var target = ProbeTarget(url: "http://mcp.test/sse")
    target.transport = .http
    let run = try #require(
      ScriptedServer { $0.stage == .sseOpen ? Self.stream() : Reply(405) }.probe(target))
    #expect(run.result.outcome == .methodNotAllowed)
    #expect(run.stages == [.discover, .initialize])
    var memory = ServerMemory()
    memory.transport = .streamableHTTP
    memory.sessionID = "s"
    target = ProbeTarget(url: "http://mcp.test/mcp")
    target.transport = .sse
    let pinned = try #require(Self.server().probe(target, memory: memory))
    #expect(pinned.stages == [.sseOpen, .initialize, .initialized])
    #expect(pinned.result.transport == .httpSSE)
  }

  @Test func theEndOfASessionIsTheEndOfItsStream() throws {
    let first = try #require(Self.server().probe(Self.target))
    let run = try #require(
      Self.server().probe(
        Self.target, memory: first.result.memory, purpose: .endSession,
        heldStream: first.result.memory.stream?.openedAt))
    #expect(run.requests.isEmpty)
    #expect(run.result.memory.stream == nil)
  }
}
