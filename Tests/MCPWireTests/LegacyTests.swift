import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Probes of servers with initialize (2025-03-26 to 2025-11-25)")
struct LegacyTests {
  @Test("discover, initialize, initialized: then it is known")
  func detection() throws {
    let legacy = LegacyServer()
    let probe = try run(legacy.server)
    #expect(probe.stages == [.discover, .initialize, .initialized])
    let result = probe.result
    #expect(result.outcome == .ok)
    #expect(result.transport == .streamableHTTP)
    #expect(result.protocolVersion == "2025-11-25")
    #expect(result.server == ServerIdentity(name: "old", version: "1.2"))
    #expect(result.memory.sessionID == "session-1")
    #expect(result.memory.lastRequestID == 1)

    let initialize = probe.requests[1]
    #expect(initialize.headers.isEmpty)
    #expect(
      initialize.text == """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
        "capabilities":{},"clientInfo":{"name":"breakwater","version":"0.1.0"}}}
        """)
    let initialized = probe.requests[2]
    #expect(initialized.text == #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    #expect(initialized.header("Mcp-Session-Id") == "session-1")
    #expect(initialized.header("MCP-Protocol-Version") == "2025-11-25")
  }

  @Test("a kept session costs one ping a probe, and ids go up")
  func liveness() throws {
    let legacy = LegacyServer()
    var memory = try legacy.memory()
    for id in 2...5 {
      let probe = try run(legacy.server, memory, after: id)
      #expect(probe.stages == [.ping])
      #expect(probe.requests[0].text == #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#)
      #expect(probe.requests[0].header("Mcp-Session-Id") == "session-1")
      #expect(probe.requests[0].header("MCP-Protocol-Version") == "2025-11-25")
      #expect(probe.result.outcome == .ok)
      #expect(probe.result.server?.name == "old")
      memory = probe.result.memory
    }
    #expect(legacy.sessionsMade == 1)
  }

  @Test("ids are not used again in a session after a failure")
  func idsAfterFailure() throws {
    let legacy = LegacyServer()
    var memory = try legacy.memory()
    memory = try run(ScriptedServer { _ in .failure(.timeout) }, memory).result.memory
    let probe = try run(legacy.server, memory, after: 9)
    #expect(probe.requests[0].id == 3)
  }

  @Test("without a session every request is the first of its stream")
  func sessionless() throws {
    let legacy = LegacyServer()
    legacy.hasSessions = false
    var memory = try legacy.memory()
    #expect(memory.sessionID == nil)
    for _ in 1...3 {
      let probe = try run(legacy.server, memory)
      #expect(probe.stages == [.ping])
      #expect(probe.requests[0].id == 1)
      #expect(probe.requests[0].header("Mcp-Session-Id") == nil)
      #expect(probe.requests[0].header("MCP-Protocol-Version") == "2025-11-25")
      #expect(probe.result.outcome == .ok)
      memory = probe.result.memory
    }
  }

  @Test(
    "the server chooses the revision",
    arguments: ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
  func versions(version: String) throws {
    let legacy = LegacyServer()
    legacy.version = version
    let probe = try run(legacy.server)
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.protocolVersion == version)
    #expect(probe.requests[2].header("MCP-Protocol-Version") == version)
  }

  @Test("a revision that nobody knows is not spoken", arguments: ["2026-07-28", "1999-01-01", ""])
  func unknownVersion(version: String) throws {
    let legacy = LegacyServer()
    legacy.version = version
    let probe = try run(legacy.server)
    #expect(probe.result.outcome == .protocolVersionUnsupported)
    #expect(probe.result.stage == .initialize)
    #expect(probe.result.memory.transport == nil)
  }

  @Test("a session id that is no visible ASCII is not taken", arguments: ["a b", "é", ""])
  func badSession(id: String) throws {
    let server = ScriptedServer { request in
      request.stage == .initialize
        ? Reply.json(Say.initialized()).session(id)
        : request.stage == .discover ? Say.missingSession : Say.accepted
    }
    #expect(try run(server).result.memory.sessionID == nil)
  }

  @Test("a session id on an error is not taken")
  func sessionOnError() throws {
    let server = ScriptedServer { request in
      Say.error(-32000, "no", status: request.stage == .initialize ? 200 : 400).session("useless")
    }
    let probe = try run(server)
    #expect(probe.result.outcome == .jsonrpcError)
    #expect(probe.result.memory.sessionID == nil)
  }

  @Test("a ping that is not implemented gives way to tools/list")
  func pingUnsupported() throws {
    for code in [-32601, -32602] {
      let legacy = LegacyServer()
      legacy.ping = { Say.error(code, id: "\($0.id ?? 0)") }
      let first = try run(legacy.server, legacy.memory())
      #expect(first.stages == [.ping, .toolsList])
      #expect(first.result.outcome == .ok)
      #expect(first.result.warnings == [.pingUnsupported])
      #expect(first.result.memory.pingUnsupported)
      let second = try run(legacy.server, first.result.memory)
      #expect(second.stages == [.toolsList])
      #expect(second.result.outcome == .ok)
      #expect(second.result.catalogue == nil)
      let catalogue = try run(legacy.server, second.result.memory, .catalogue)
      #expect(
        catalogue.stages == [.toolsList, .promptsList, .resourcesList, .resourceTemplatesList])
      #expect(catalogue.result.catalogue?.tools == 2)
    }
  }

  @Test("a ping that is not implemented shows life where there are no tools")
  func pingWithoutTools() throws {
    let legacy = LegacyServer()
    legacy.capabilities = "{}"
    legacy.ping = { Say.error(-32601, id: "\($0.id ?? 0)") }
    let probe = try run(legacy.server, legacy.memory())
    #expect(probe.stages == [.ping])
    #expect(probe.result.outcome == .ok)
    #expect(try run(legacy.server, probe.result.memory).result.warnings == [])
  }

  @Test(
    "a rejected initialized is a warning, and a ping tells whether the session stands",
    arguments: [Reply(404), Reply(400), Say.error(-32601, id: "null", status: 400)])
  func rejectedInitialized(rejection: Reply) throws {
    let legacy = LegacyServer()
    let server = ScriptedServer { $0.stage == .initialized ? rejection : legacy.answer($0) }
    let probe = try run(server)
    #expect(probe.stages == [.discover, .initialize, .initialized, .ping])
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.warnings == [.initializedRejected])
  }

  @Test("the catalogue asks for advertised lists only")
  func advertised() throws {
    let legacy = LegacyServer()
    legacy.capabilities = #"{"tools":{},"resources":null,"logging":{},"completions":{}}"#
    let probe = try run(legacy.server, ServerMemory(), .catalogue)
    #expect(probe.stages == [.discover, .initialize, .initialized, .toolsList])
    #expect(probe.result.catalogue == CatalogueCounts(tools: 2))
    legacy.capabilities = "{}"
    let bare = try run(legacy.server, ServerMemory(), .catalogue)
    #expect(bare.result.catalogue == CatalogueCounts())
  }

  @Test("an error on an advertised list is down: the backend behind a proxy may be dead")
  func deadBackend() throws {
    let legacy = LegacyServer()
    let server = ScriptedServer {
      $0.stage == .toolsList ? Say.error(0, "", id: "\($0.id ?? 0)") : legacy.answer($0)
    }
    let probe = try run(server, legacy.memory(), .catalogue)
    #expect(probe.stages == [.ping, .toolsList])
    #expect(probe.result.outcome == .jsonrpcError)
    #expect(probe.result.stage == .toolsList)
    #expect(probe.result.jsonrpcCode == 0)
    #expect(probe.result.catalogue == nil)
    #expect(probe.result.memory.failedSinceDetection)
    #expect(probe.result.memory.sessionID == "session-1")
  }

  @Test(
    "a session is ended only where that is safe",
    arguments: [
      ("2025-11-25", true), ("2025-06-18", true), ("2025-03-26", false), ("2024-11-05", false),
    ])
  func endSession(version: String, isEnded: Bool) throws {
    let legacy = LegacyServer()
    legacy.version = version
    let probe = try run(legacy.server, legacy.memory(), .endSession)
    #expect(probe.stages == (isEnded ? [.delete] : []))
    #expect(probe.result.outcome == .ok)
    #expect((probe.result.memory.sessionID == nil) == isEnded)
    if isEnded {
      let request = probe.requests[0]
      #expect(request.method == .delete)
      #expect(request.body.isEmpty)
      #expect(request.header("Mcp-Session-Id") == "session-1")
      #expect(request.header("MCP-Protocol-Version") == version)
    }
  }

  @Test("nobody minds what a DELETE is answered", arguments: [204, 404, 405, 500])
  func endAnswers(status: Int) throws {
    let legacy = LegacyServer()
    let probe = try run(ScriptedServer { _ in Reply(status) }, legacy.memory(), .endSession)
    #expect(probe.result.outcome == .ok)
    #expect(probe.result.memory.sessionID == nil)
  }

  @Test("a server without sessions has none to end")
  func nothingToEnd() throws {
    let legacy = LegacyServer()
    legacy.hasSessions = false
    #expect(try run(legacy.server, legacy.memory(), .endSession).requests.isEmpty)
    #expect(try run(legacy.server, ServerMemory(), .endSession).requests.isEmpty)
  }
}
