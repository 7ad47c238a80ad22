import Agent
import Foundation
import Synchronization
import Testing
import WebServer

/// `POST /api/v1/mcps/{name}/probe`, `/enable`, `/disable` and `/reset`.
@Suite struct ActionAPITests {
  private func post(_ peer: Peer, _ path: String) async throws -> Answer {
    try await peer.send("POST", path, ["Content-Length: 0"])
  }

  @Test func `each asks the agent for it, as who came from where`() async throws {
    let agent = FakeAgent(mcps: [.named("a b/c")])
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      for kind in MCPAction.Kind.allCases {
        let answer = try await post(peer, "/api/v1/mcps/a%20b%2Fc/\(kind.rawValue)")
        answer.expect(status: 200)
        #expect(answer.text == #"{"data":{"effect":"done"},"status":"success"}"# + "\n")
      }
      try await post(peer, "/-/reload").expect(status: 200)
      try await post(peer, "/api/v1/notifications/8/redeliver").expect(status: 200)
      try await post(peer, "/-/quit").expect(status: 200)
    }
    let (actions, callers) = agent.script.withLock { ($0.actions, $0.callers) }
    #expect(actions == ["probe a b/c", "enable a b/c", "disable a b/c", "reset a b/c"])
    let expected = Caller(user: nil, address: "127.0.0.1")
    #expect(callers == Array(repeating: expected, count: 7))
  }

  @Test(arguments: [
    (ActionOutcome.done, 200, #""effect":"done""#),
    (.unchanged, 200, #""effect":"unchanged""#),
    (.refused("a probe of it is under way"), 409, #""error":"a probe of it is under way""#),
    (.noSuchMCP, 404, #""error":"no such MCP""#),
  ]) func `what came of it is the answer`(
    outcome: ActionOutcome, status: Int, text: String
  ) async throws {
    let agent = FakeAgent(mcps: [.named("a")])
    agent.script.withLock { $0.outcome = outcome }
    try await serving(agent) { peer in
      let answer = try await post(peer, "/api/v1/mcps/a/probe")
      answer.expect(status: status)
      #expect(answer.text.contains(text))
    }
  }

  @Test func `an agent that does not answer is unavailable`() async throws {
    let agent = FakeAgent(mcps: [.named("a")])
    agent.script.withLock { $0.answersNothing = true }
    try await serving(agent) { peer in
      try await post(peer, "/api/v1/mcps/a/reset").expect(status: 503)
    }
  }

  @Test func `who disabled an MCP is shown`() async throws {
    let byHand = MCPStatus.named("a", isEnabled: false) { $0.enabledByHand = false }
    let configured = MCPStatus.named("b", isEnabled: false)
    let enabled = MCPStatus.named("c") { $0.enabledByHand = true }
    try await serving(FakeAgent(mcps: [byHand, configured, enabled])) { peer in
      let text = try await peer.get("/api/v1/mcps").text
      #expect(text.components(separatedBy: #""disabled_reason":"by hand""#).count == 2)
      #expect(text.components(separatedBy: #""disabled_reason":null"#).count == 3)
      let page = try await peer.get("/").text
      #expect(page.components(separatedBy: "disabled by hand").count == 2)
    }
  }
}
