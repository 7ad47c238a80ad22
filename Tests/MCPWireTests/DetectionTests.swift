import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Which way a server is spoken to")
struct DetectionTests {
  @Test(
    "whatever is not the answer of a stateless server leads to initialize",
    arguments: [
      Say.missingSession, Say.error(-32601, status: 404), Say.error(-32601), Say.error(-32602),
      Say.error(-32600, "Unsupported protocol version: 2026-07-28", status: 400),
      Say.error(-32001, "?", status: 400), Say.error(-32022, status: 400),
      Say.error(-32022, status: 400, data: #"{"supported":["2025-11-25","2025-06-18"]}"#),
      Say.result(1, #"{"supportedVersions":["2025-11-25","2025-06-18"]}"#), Say.result(1),
      Say.result(1, #"{"supportedVersions":[]}"#), Say.result(99),
      .text("Invalid session ID", status: 404), .text("sessionid must be provided", status: 400),
      Reply(405), Reply(406), Reply(202), Reply(204), Reply(200), .text("ok", status: 200),
      Reply(200, "text/html", "<html>"), .json("{"), .json("{}"), .json("[]"), .json("7"),
      Reply(200, "text/event-stream", ": hello\n\n"),
      Reply(401), Reply(403), .text("forbidden: host not allowed", status: 403),
    ])
  func fallsBack(answer: Reply) throws {
    let legacy = LegacyServer()
    legacy.discover = answer
    let probe = try run(legacy.server)
    #expect(probe.stages == [.discover, .initialize, .initialized])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.transport == .streamableHTTP)
  }

  @Test(
    "some answers end the detection",
    arguments: [
      (Reply(429), .rateLimited), (Reply(500), .http5xx), (Reply(501), .http5xx),
      (Reply(502), .badGateway), (Reply(503), .unavailable), (Reply(504), .badGateway),
      (Reply(522), .badGateway), (Reply(421), .hostRejected), (Reply(407), .proxyError),
      (.redirect(to: "http://mcp.test/login", status: 302), .redirectBlocked),
      (.failure(.connectRefused, stage: .connect), .connectRefused), (.failure(.timeout), .timeout),
      (Say.error(-32000, "Too Many Requests"), .rateLimited),
      (Say.error(-32000, "rate-limited", status: 400), .rateLimited),
      (Say.error(-32020, status: 400), .jsonrpcError),
      (
        Say.error(-32022, status: 400, data: #"{"supported":["2099-12-31"]}"#),
        .protocolVersionUnsupported
      ),
      (Say.result(1, #"{"supportedVersions":["2099-12-31"]}"#), .protocolVersionUnsupported),
      (Reply(200, "application/json", "{\"jsonrpc\":").cut(.truncated), .truncated),
    ] as [(Reply, ProbeOutcome)])
  func stops(answer: Reply, outcome: ProbeOutcome) throws {
    let legacy = LegacyServer()
    legacy.discover = answer
    let probe = try run(legacy.server)
    #expect(probe.stages == [.discover])
    #expect(probe.result.outcome == outcome)
    #expect(probe.result.memory.transport == nil)
  }

  @Test(
    "when both fail, the answer to initialize is reported",
    arguments: [
      (Reply(404), .notFound), (Reply(410), .notFound), (Reply(405), .methodNotAllowed),
      (Reply(400), .http4xx), (Reply(401), .authRequired), (Reply(403), .forbidden),
      (Reply(429), .rateLimited), (Reply(500), .http5xx), (Reply(503), .unavailable),
      (Reply(202), .responseMissing), (Reply(200, "text/html", "<html>"), .notMCP),
      (.json("<html>"), .malformedJSON), (.json("{}"), .notMCP), (Say.result(1), .resultInvalid),
      (Say.error(-32603), .jsonrpcError), (Say.error(-32601, status: 404), .jsonrpcError),
      (.failure(.connectionClosed), .connectionClosed),
      (Say.error(-32600, "Server already initialized", id: "null", status: 400), .sessionTaken),
      (
        Say.error(-32602, "Unsupported protocol version", data: #"{"supported":["1.0"]}"#),
        .protocolVersionUnsupported
      ),
      (Say.error(-32602, "?", data: #"{"supported":["2025-03-26"]}"#), .jsonrpcError),
    ] as [(Reply, ProbeOutcome)])
  func bothFail(answer: Reply, outcome: ProbeOutcome) throws {
    let probe = try run(
      ScriptedServer { $0.stage == .discover ? Reply(404) : answer })
    let maySpeakOldTransport = [.notFound, .methodNotAllowed, .http4xx].contains(outcome)
    #expect(probe.stages == [.discover, .initialize] + (maySpeakOldTransport ? [.sseOpen] : []))
    #expect(probe.result.outcome == outcome)
    #expect(probe.result.stage == .initialize)
  }

  @Test("an initialize that names the stateless revision leads back, once")
  func ledBack() throws {
    let refusal = Say.error(-32022, status: 400, data: #"{"supported":["2026-07-28"]}"#)
    var discovers = 0
    let server = ScriptedServer { request in
      guard request.stage == .discover else { return refusal }
      discovers += 1
      return discovers == 1 ? Reply(404) : Say.discovered
    }
    let probe = try run(server)
    #expect(probe.stages == [.discover, .initialize, .discover])
    #expect(probe.result.transport == .statelessHTTP)
    let stubborn = try run(ScriptedServer { $0.stage == .discover ? Reply(404) : refusal })
    #expect(stubborn.stages == [.discover, .initialize, .discover, .initialize])
    #expect(stubborn.result.outcome == .jsonrpcError)
  }

  @Test("transport http detects just as auto does")
  func pinned() throws {
    var target = ProbeTarget(url: "http://mcp.test/sse")
    target.transport = .http
    let probe = try run(LegacyServer().server, target: target)
    #expect(probe.stages == [.discover, .initialize, .initialized])
  }

  @Test("a failed detection is made again by the next probe")
  func again() throws {
    let first = try run(ScriptedServer { _ in .failure(.connectRefused) })
    #expect(first.result.memory.failedSinceDetection)
    let second = try run(LegacyServer().server, first.result.memory, after: 1)
    #expect(second.result.outcome == .ok)
    #expect(!second.result.memory.failedSinceDetection)
  }
}

@Suite("Finding out anew")
struct RedetectionTests {
  /// A server that answers both ways, once it has been upgraded.
  private func upgraded(_ legacy: LegacyServer) { legacy.discover = Say.discovered }

  @Test("the first success after a failure asks again, at most every ten minutes")
  func afterFailure() throws {
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    let failed = try run(ScriptedServer { _ in .failure(.connectRefused) }, memory, after: 30)
    #expect(failed.result.memory.failedSinceDetection)
    #expect(failed.result.memory.server?.name == "old")
    let early = try run(legacy.server, failed.result.memory, after: 599)
    #expect(early.stages == [.ping])
    #expect(early.result.memory.failedSinceDetection)
    let late = try run(legacy.server, early.result.memory, after: 600)
    #expect(late.stages == [.ping, .discover])
    #expect(late.result.outcome == .ok)
    #expect(late.result.transport == .streamableHTTP)
    #expect(late.result.memory.sessionID == "session-1")
    let next = try run(legacy.server, late.result.memory, after: 601)
    #expect(next.stages == [.ping])
  }

  @Test("an upgraded server is found to be stateless")
  func upgrade() throws {
    let legacy = LegacyServer()
    var memory = try legacy.memory()
    memory.failedSinceDetection = true
    upgraded(legacy)
    let server = ScriptedServer { request in
      if request.header("Mcp-Method") != nil { legacy.session = nil }
      return legacy.answer(request)
    }
    let probe = try run(server, memory, .catalogue, after: 700)
    #expect(
      probe.stages == [
        .ping, .discover, .toolsList, .promptsList, .resourcesList, .resourceTemplatesList,
      ])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.transport == .statelessHTTP)
    #expect(probe.result.memory.sessionID == nil)
    #expect(probe.requests.last?.header("Mcp-Session-Id") == nil)
  }

  @Test("a living legacy server is asked once a day, a tenth earlier or later")
  func daily() throws {
    for path in ["a", "b", "c", "d"] {
      let target = ProbeTarget(url: "http://mcp.test/\(path)")
      let legacy = LegacyServer()
      let memory = try run(legacy.server, target: target).result.memory
      let before = try run(legacy.server, memory, target: target, after: 77_000)
      #expect(before.stages == [.ping])
      let after = try run(legacy.server, memory, target: target, after: 96_000)
      #expect(after.stages == [.ping, .discover])
      let dayAfter = try run(legacy.server, after.result.memory, target: target, after: 97_000)
      #expect(dayAfter.stages == [.ping])
    }
  }

  @Test("what goes wrong in asking anew does not make a living server fail")
  func harmless() throws {
    for answer in [Reply(500), .failure(.timeout), Reply(401), .redirect(to: "http://else/")] {
      let legacy = LegacyServer()
      let memory = try legacy.memory()
      legacy.discover = answer
      let probe = try run(legacy.server, memory, after: 100_000)
      #expect(probe.stages == [.ping, .discover])
      #expect(probe.result.outcome == .ok)
      #expect(probe.result.transport == .streamableHTTP)
    }
  }

  @Test("a lost session asks again too, and so does another name")
  func afterSessionLoss() throws {
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    legacy.session = "another"
    legacy.name = "new"
    upgraded(legacy)
    let probe = try run(legacy.server, memory, after: 700)
    #expect(probe.stages == [.ping, .initialize, .initialized, .ping, .discover])
    #expect(probe.result.transport == .statelessHTTP)
    #expect(probe.result.outcome == .ok)
  }

  @Test("a legacy server that refuses all is asked whether it has become stateless")
  func refusing() throws {
    let memory = try LegacyServer().memory()
    let modern = ScriptedServer { request in
      request.stage == .discover
        ? Say.discovered : Say.error(-32601, id: "\(request.id ?? 0)", status: 404)
    }
    let early = try run(modern, memory, after: 60)
    #expect(early.stages == [.ping, .toolsList])
    #expect(early.result.outcome == .jsonrpcError)
    let late = try run(modern, early.result.memory, after: 700)
    #expect(late.stages == [.toolsList, .discover])
    #expect(late.result.outcome == .ok)
    #expect(late.result.transport == .statelessHTTP)
  }

  @Test("and if it has not, its own failure stands")
  func refusingStill() throws {
    let memory = try LegacyServer().memory()
    let server = ScriptedServer { _ in .text("nothing here", status: 404).retry(after: "7") }
    let probe = try run(server, memory, after: 700)
    #expect(probe.stages == [.ping, .initialize, .discover, .sseOpen])
    #expect(probe.result.outcome == .notFound)
    #expect(probe.result.stage == .initialize)
    #expect(probe.result.httpStatus == 404)
    #expect(probe.result.detail == "initialize: HTTP 404: nothing here")
    let next = try run(server, probe.result.memory, after: 730)
    #expect(next.stages == [.ping, .initialize])
  }
}
