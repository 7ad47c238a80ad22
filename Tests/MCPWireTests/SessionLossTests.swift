import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Lost sessions")
struct SessionLossTests {
  @Test(
    "a lost session is made anew, once, and the request repeated",
    arguments: [
      Say.error(-32600, "Session not found", id: #""server-error""#, status: 404),
      .text("Bad Request: No valid session ID provided", status: 400),
      .text("Invalid session ID", status: 404),
      Say.error(-32001, "Session not found", id: "null", status: 404),
      Say.error(-32000, "Server not initialized", id: "null", status: 400),
      Say.error(-32602, "Session not found", id: "null", status: 400), Reply(410), Reply(422),
    ])
  func reinitialises(gone: Reply) throws {
    let legacy = LegacyServer()
    legacy.gone = gone
    let memory = try legacy.memory()
    legacy.session = "another"
    let probe = try run(legacy.server, memory, after: 60)
    #expect(probe.stages == [.ping, .initialize, .initialized, .ping])
    #expect(probe.requests[0].header("Mcp-Session-Id") == "session-1")
    #expect(probe.requests[1].headers.isEmpty)
    #expect(probe.requests[3].header("Mcp-Session-Id") == "session-2")
    #expect(probe.requests.compactMap(\.id) == [2, 1, 2])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.warnings == [.sessionReinit])
    #expect(probe.result.memory.sessionID == "session-2")
  }

  @Test(
    "statuses that are about something else do not cost the session",
    arguments: [
      (401, .authRequired), (403, .forbidden), (405, .methodNotAllowed), (406, .http4xx),
      (407, .proxyError), (408, .http4xx), (413, .http4xx), (415, .http4xx), (421, .hostRejected),
      (429, .rateLimited), (500, .http5xx), (503, .unavailable),
    ] as [(Int, ProbeOutcome)])
  func others(status: Int, outcome: ProbeOutcome) throws {
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    let probe = try run(ScriptedServer { _ in Reply(status) }, memory, after: 60)
    #expect(probe.stages == [.ping])
    #expect(probe.result.outcome == outcome)
    #expect(probe.result.memory.sessionID == "session-1")
    #expect(probe.result.memory.server?.name == "old")
  }

  @Test("the method's own answer is not a lost session")
  func ownAnswer() throws {
    let legacy = LegacyServer()
    legacy.ping = { Say.error(-32601, id: "\($0.id ?? 0)", status: 404) }
    let probe = try run(legacy.server, legacy.memory())
    #expect(probe.stages == [.ping, .toolsList])
    #expect(probe.result.outcome == .ok)
  }

  @Test("a new session that is refused too is session_lost")
  func replicas() throws {
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    let server = ScriptedServer { $0.stage == .ping ? legacy.gone : legacy.answer($0) }
    let probe = try run(server, memory, after: 60)
    #expect(probe.stages == [.ping, .initialize, .initialized, .ping])
    #expect(probe.result.outcome == .sessionLost)
    #expect(probe.result.stage == .ping)
    #expect(probe.result.httpStatus == 404)
    #expect(probe.result.detail.contains("replicas"))
  }

  @Test("when there is no new session either, that is what is reported, and tried again next time")
  func refusedAgain() throws {
    let legacy = LegacyServer()
    let memory = try legacy.memory()
    let full = Say.error(-32603, "Too many open sessions", id: #""server-error""#, status: 503)
    let server = ScriptedServer { $0.stage == .initialize ? full : legacy.gone }
    let probe = try run(server, memory, after: 60)
    #expect(probe.stages == [.ping, .initialize])
    #expect(probe.result.outcome == .unavailable)
    #expect(probe.result.stage == .initialize)
    #expect(probe.result.jsonrpcCode == -32603)
    let next = try run(legacy.server, probe.result.memory, after: 90)
    #expect(next.result.outcome == .ok)
  }

  @Test("a session lost between pages begins that list again")
  func betweenPages() throws {
    let legacy = LegacyServer()
    var lists = 0
    let server = ScriptedServer { request in
      guard request.stage == .toolsList else { return legacy.answer(request) }
      lists += 1
      switch lists {
      case 1: return Say.result(request.id ?? 0, #"{"tools":[1],"nextCursor":"x"}"#)
      case 2: return legacy.gone
      case 3: return Say.result(request.id ?? 0, #"{"tools":[1],"nextCursor":"x"}"#)
      default: return Say.result(request.id ?? 0, #"{"tools":[1,2]}"#)
      }
    }
    legacy.capabilities = #"{"tools":{}}"#
    let probe = try run(server, legacy.memory(), .catalogue)
    #expect(
      probe.stages == [
        .ping, .toolsList, .toolsList, .initialize, .initialized, .toolsList, .toolsList,
      ])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.catalogue?.tools == 3)
  }

  @Test("a server that begins to keep sessions is initialised again")
  func becomesStateful() throws {
    let legacy = LegacyServer()
    legacy.hasSessions = false
    let memory = try legacy.memory()
    legacy.hasSessions = true
    legacy.session = "elsewhere"
    legacy.gone = Say.missingSession
    let probe = try run(legacy.server, memory, after: 60)
    #expect(probe.stages == [.ping, .initialize, .initialized, .ping])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.memory.sessionID == "session-2")
  }

  @Test("a rate limit at 400 is no lost session")
  func rateLimited() throws {
    let legacy = LegacyServer()
    legacy.ping = { Say.error(-32000, "Rate limit exceeded", id: "\($0.id ?? 0)", status: 400) }
    let probe = try run(legacy.server, legacy.memory())
    #expect(probe.stages == [.ping])
    #expect(probe.result.outcome == .rateLimited)
  }
}
