import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Probes of stateless servers (2026-07-28)")
struct StatelessTests {
  private func known() throws -> ServerMemory {
    try run(ScriptedServer { _ in Say.discovered }).result.memory
  }

  @Test("one request finds and shows a stateless server")
  func detection() throws {
    let probe = try run(ScriptedServer { _ in Say.discovered })
    #expect(probe.stages == [.discover])
    let request = probe.requests[0]
    #expect(request.method == .post)
    #expect(request.url == "http://mcp.test/mcp")
    #expect(request.bodyLimit == 1 << 20)
    #expect(
      request.text == """
        {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{\
        "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientInfo":{"name":"breakwater","version":"0.1.0"},\
        "io.modelcontextprotocol/clientCapabilities":{}}}}
        """)
    #expect(
      request.headers.map { "\($0.name): \($0.value)" } == [
        "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: server/discover",
      ])
    let result = probe.result
    #expect(result.outcome == .ok)
    #expect(result.stage == nil)
    #expect(result.detail == "")
    #expect(result.transport == .statelessHTTP)
    #expect(result.protocolVersion == "2026-07-28")
    #expect(result.server == ServerIdentity(name: "fixture", version: "9.9.9"))
    #expect(result.authRequired == false)
    #expect(result.catalogue == nil)
    #expect(result.warnings == [])
    #expect(result.memory.transport == .statelessHTTP)
    #expect(result.memory.detectedAt == Say.now)
  }

  @Test("a known stateless server costs one request, by stream or by JSON")
  func liveness() throws {
    let memory = try known()
    var streamed = Reply.event(String(decoding: Say.discovered.body, as: UTF8.self))
    for reply in [Say.discovered, streamed] {
      let probe = try run(ScriptedServer { _ in reply }, memory, after: 5)
      #expect(probe.stages == [.discover])
      #expect(probe.result.outcome == .ok)
      #expect(probe.result.memory.detectedAt == Say.now)
    }
    streamed.body = Array(": ping\n\n".utf8) + streamed.body
    #expect(try run(ScriptedServer { _ in streamed }, memory).result.outcome == .ok)
  }

  @Test("serverInfo may be absent, and its version empty")
  func identity() throws {
    let bare = Say.result(1, #"{"supportedVersions":["2026-07-28"],"capabilities":{}}"#)
    #expect(try run(ScriptedServer { _ in bare }).result.server == nil)
    let empty = Say.result(
      1,
      #"""
      {"supportedVersions":["2026-07-28"],
      "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"n","version":""}}}
      """#
    )
    #expect(
      try run(ScriptedServer { _ in empty }).result.server == ServerIdentity(name: "n", version: "")
    )
  }

  @Test("what a server calls itself is cleaned and cut")
  func hostileIdentity() throws {
    let long = String(repeating: "x", count: 500)
    let reply = Say.result(
      1,
      """
      {"supportedVersions":["2026-07-28"],"_meta":{"io.modelcontextprotocol/serverInfo":\
      {"name":"a\\u0000b\\n\\u202ec","version":"\(long)"}}}
      """)
    let server = try run(ScriptedServer { _ in reply }).result.server
    #expect(server == ServerIdentity(name: "a b c", version: String(repeating: "x", count: 100)))
  }

  @Test("the catalogue takes one request a list, each saying its method twice")
  func catalogue() throws {
    let server = ScriptedServer { request in
      switch request.stage {
      case .discover: Say.discovered
      case .toolsList: Say.result(1, #"{"tools":[{},{}],"resultType":"complete","ttlMs":0}"#)
      case .promptsList: Say.result(1, #"{"prompts":[{}],"nextCursor":null}"#)
      case .resourcesList: Say.result(1, #"{"resources":[]}"#)
      case .resourceTemplatesList: Say.result(1, #"{"resourceTemplates":[{}]}"#)
      default: Reply(404)
      }
    }
    let probe = try run(server, ServerMemory(), .catalogue)
    #expect(
      probe.stages == [
        .discover, .toolsList, .promptsList, .resourcesList, .resourceTemplatesList,
      ])
    #expect(probe.result.outcome == .ok)
    #expect(
      probe.result.catalogue
        == CatalogueCounts(tools: 2, prompts: 1, resources: 0, resourceTemplates: 1))
    for (request, method) in zip(
      probe.requests.dropFirst(),
      ["tools/list", "prompts/list", "resources/list", "resources/templates/list"])
    {
      #expect(request.header("Mcp-Method") == method)
      #expect(request.header("Mcp-Session-Id") == nil)
      #expect(request.text.contains(#""method":"\#(method)""#))
      #expect(request.text.contains(#""params":{"_meta":{"#))
      #expect(request.bodyLimit == 16 << 20)
    }
  }

  @Test("results that are not complete are invalid", arguments: ["input_required", "later", ""])
  func resultTypes(type: String) throws {
    let odd = Say.result(1, #"{"supportedVersions":["2026-07-28"],"resultType":"\#(type)"}"#)
    for memory in [ServerMemory(), try known()] {
      let probe = try run(ScriptedServer { _ in odd }, memory)
      #expect(probe.stages == [.discover])
      #expect(probe.result.outcome == .resultInvalid)
    }
    let list = ScriptedServer {
      $0.stage == .discover
        ? Say.discovered : Say.result(1, #"{"tools":[],"resultType":"\#(type)"}"#)
    }
    let probe = try run(list, ServerMemory(), .catalogue)
    #expect(probe.result.outcome == .resultInvalid)
    #expect(probe.result.stage == .toolsList)
  }

  @Test(
    "a known stateless server that fails is reported as it fails",
    arguments: [
      (Say.error(-32603, "broken inside"), .jsonrpcError, -32603),
      (Say.error(-32000, "Rate limit exceeded"), .rateLimited, -32000),
      (Say.error(-32020, "header mismatch", status: 400), .jsonrpcError, -32020),
      (Say.error(-32021, "sampling wanted", status: 400), .jsonrpcError, -32021),
      (
        Say.error(-32022, status: 400, data: #"{"supported":["2099-01-01"]}"#),
        .protocolVersionUnsupported, nil
      ),
      (Say.result(1, #"{"supportedVersions":["2099-01-01"]}"#), .protocolVersionUnsupported, nil),
      (Say.result(1, "{}"), .resultInvalid, nil), (Reply(202), .responseMissing, nil),
      (.text("nothing here", status: 404), .notFound, nil), (Reply(503), .unavailable, nil),
    ] as [(Reply, ProbeOutcome, Int?)])
  func failures(reply: Reply, outcome: ProbeOutcome, code: Int?) throws {
    let probe = try run(ScriptedServer { _ in reply }, known(), after: 5)
    #expect(probe.stages == [.discover])
    #expect(probe.result.outcome == outcome)
    #expect(probe.result.stage == .discover)
    #expect(probe.result.jsonrpcCode == code)
    #expect(probe.result.server == nil)
    #expect(probe.result.memory.server?.name == "fixture")
    #expect(probe.result.memory.transport == .statelessHTTP)
    #expect(probe.result.memory.failedSinceDetection == (probe.result.verdict == .down))
  }

  @Test("a refusal of how we asked is neutral", arguments: [-32020, -32021])
  func requestSide(code: Int) throws {
    let probe = try run(ScriptedServer { _ in Say.error(code, status: 400) })
    #expect(probe.stages == [.discover])
    #expect(probe.result.outcome == .jsonrpcError)
    #expect(probe.result.verdict == .neutral)
  }

  @Test("a server that wants this very revision is asked once more")
  func retriesVersion() throws {
    let refusal = Say.error(-32022, status: 400, data: #"{"supported":["2026-07-28"]}"#)
    var asked = 0
    let probe = try run(
      ScriptedServer { _ in
        asked += 1
        return asked == 1 ? refusal : Say.discovered
      })
    #expect(probe.result.outcome == .ok)
    #expect(asked == 2)
    let stubborn = try run(ScriptedServer { _ in refusal })
    #expect(stubborn.stages == [.discover, .discover])
    #expect(stubborn.result.outcome == .jsonrpcError)
  }

  @Test("a stateless server replaced by an older one is found out, at most every ten minutes")
  func downgrade() throws {
    let memory = try known()
    let legacy = LegacyServer()
    let early = try run(legacy.server, memory, after: 599)
    #expect(early.stages == [.discover])
    #expect(early.result.outcome == .jsonrpcError)
    let late = try run(legacy.server, early.result.memory, after: 600)
    #expect(late.stages == [.discover, .initialize, .initialized])
    #expect(late.result.outcome == .ok)
    #expect(late.result.transport == .streamableHTTP)
  }

  @Test("a stateless server has no session to end")
  func end() throws {
    let probe = try run(ScriptedServer { _ in Reply(500) }, known(), .endSession)
    #expect(probe.requests.isEmpty)
    #expect(probe.result.outcome == .ok)
  }
}
