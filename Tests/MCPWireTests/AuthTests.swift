import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Credentials")
struct AuthTests {
  private let bearer =
    #"Bearer error="invalid_token", resource_metadata="http://mcp.test/.well-known/x""#

  private func target(token: String? = nil, expectsAuth: Bool = false) -> ProbeTarget {
    var target = ProbeTarget(url: "http://mcp.test/mcp")
    target.expectsAuth = expectsAuth
    if let token {
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer \(token)"), isCredential: true)
      ]
    }
    return target
  }

  @Test("401 means wanted without credentials, and refused with them")
  func unauthorized() throws {
    let server = ScriptedServer { _ in Reply(401).challenge(self.bearer) }
    let without = try run(server, target: target())
    #expect(without.stages == [.discover, .initialize])
    #expect(without.result.outcome == .authRequired)
    #expect(without.result.verdict == .neutral)
    #expect(without.result.authRequired == true)
    #expect(without.result.detail.contains("Bearer error=invalid_token"))
    let with = try run(server, target: target(token: "abc"))
    #expect(with.result.outcome == .authInvalid)
    #expect(with.result.authRequired == true)
  }

  @Test(
    "403 has its reasons",
    arguments: [
      (
        Reply(403).challenge(#"Bearer error="insufficient_scope", scope="a, b""#),
        .insufficientScope, true
      ),
      (
        Reply(403).challenge("Basic realm=x, Bearer error=insufficient_scope"), .insufficientScope,
        true
      ),
      (Reply(403).challenge(#"Bearer realm="error=insufficient_scope""#), .forbidden, true),
      (Reply(403), .forbidden, nil),
      (.text("no ghosts, no original", status: 403), .forbidden, nil),
      (.text("forbidden: host not allowed", status: 403), .hostRejected, nil),
      (.text("Invalid Origin header", status: 403), .hostRejected, nil),
      (Say.error(-32000, "Invalid Host header", id: "null", status: 403), .hostRejected, nil),
      (.text("Invalid Host header", status: 421), .hostRejected, nil),
    ] as [(Reply, ProbeOutcome, Bool?)])
  func forbidden(reply: Reply, outcome: ProbeOutcome, authRequired: Bool?) throws {
    let result = try run(ScriptedServer { _ in reply }).result
    #expect(result.outcome == outcome)
    #expect(result.authRequired == authRequired)
  }

  @Test("an answer without credentials shows that none are needed")
  func notRequired() throws {
    let server = ScriptedServer { _ in Say.discovered }
    #expect(try run(server, target: target()).result.authRequired == false)
    #expect(try run(server, target: target(token: "abc")).result.authRequired == nil)
    #expect(try run(ScriptedServer { _ in Reply(500) }).result.authRequired == nil)
  }

  @Test("expect_auth: a 401 with a challenge is what should be")
  func expected() throws {
    let server = ScriptedServer { _ in Reply(401).challenge(self.bearer) }
    for memory in [ServerMemory(), OutcomeTests.memory()] {
      let result = try run(server, memory, target: target(expectsAuth: true)).result
      #expect(result.outcome == .ok)
      #expect(result.authRequired == true)
      #expect(result.httpStatus == 401)
    }
  }

  @Test(
    "expect_auth: any other answer fails the expectation",
    arguments: [
      Reply(401), Reply(401).challenge(" , ,"), Reply(403).challenge("Bearer"), Reply(404),
      Reply(500), Say.error(-32603), .text("hello", status: 200),
    ])
  func unexpected(reply: Reply) throws {
    let result = try run(ScriptedServer { _ in reply }, target: target(expectsAuth: true)).result
    #expect(result.outcome == .assertionFailed)
    #expect(result.verdict == .neutral)
    #expect(result.detail.contains("expected HTTP 401 with a challenge"))
  }

  @Test("expect_auth: an open server fails it, though only unknown methods be guarded")
  func open() throws {
    let open = try run(ScriptedServer { _ in Say.discovered }, target: target(expectsAuth: true))
    #expect(open.result.outcome == .assertionFailed)
    #expect(open.result.authRequired == false)
    let legacy = LegacyServer()
    legacy.discover = Reply(401).challenge(bearer)
    let half = try run(legacy.server, target: target(expectsAuth: true))
    #expect(half.stages == [.discover, .initialize, .initialized])
    #expect(half.result.outcome == .assertionFailed)
    let next = try run(legacy.server, half.result.memory, target: target(expectsAuth: true))
    #expect(next.stages == [.ping])
  }

  @Test("expect_auth: no answer at all is still no answer")
  func noAnswer() throws {
    let server = ScriptedServer { _ in .failure(.connectRefused) }
    #expect(
      try run(server, target: target(expectsAuth: true)).result.outcome == .connectRefused)
  }

  @Test("what we sent in confidence does not come back in a detail")
  func secrets() throws {
    let echo = ScriptedServer { _ in
      .text("you sent Authorization: Bearer top-secret and top-secret in the-session", status: 500)
    }
    let result = try run(echo, OutcomeTests.memory(), target: target(token: "top-secret")).result
    #expect(!result.detail.contains("top-secret"))
    #expect(!result.detail.contains("the-session"))
    #expect(result.detail.contains("<secret>"))
  }

  @Test("details are cleaned and at most 200 characters")
  func details() throws {
    let page = "a\u{0}\u{7}\r\n\t b\u{202e}c\u{200b}d " + String(repeating: "é", count: 1000)
    let result = try run(ScriptedServer { _ in .text(page, status: 500) }).result
    #expect(result.detail.hasPrefix("server/discover: HTTP 500: a b c d é"))
    #expect(result.detail.count == 200)
  }
}
