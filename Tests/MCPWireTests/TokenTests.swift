import MCPWire
import Signals
import TestSupport
import Testing

/// `oauth2`: which requests a probe makes for a token, and what becomes of it.
struct TokenTests {
  private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

  private func target(_ change: (inout OAuth2Settings) -> Void = { _ in }) -> ProbeTarget {
    var oauth2 = OAuth2Settings(
      clientID: "break water", clientSecret: StoredSecret(Secret("hunter2+hunter2")),
      tokenURL: "https://login.example/token")
    change(&oauth2)
    var target = ProbeTarget(url: "https://mcp.example/mcp")
    target.http.oauth2 = oauth2
    return target
  }

  /// A server that takes only the tokens `good`, and an endpoint that gives them out in order.
  private func server(
    good: [String] = ["tok-1"], gives tokens: [String] = ["tok-1"],
    lifetime: String = #","expires_in":100"#
  ) -> ScriptedServer {
    var left = tokens[...]
    return ScriptedServer { request in
      if request.stage == .token {
        let token = left.popFirst() ?? "none"
        return .json(#"{"access_token":"\#(token)","token_type":"bearer"\#(lifetime)}"#)
      }
      let sent = request.headers.first { $0.name == "Authorization" }?.value ?? ""
      guard good.contains(where: { sent == "Bearer \($0)" }) else {
        return .text("no: \(sent)", status: 401).challenge("Bearer error=\"invalid_token\"")
      }
      return .json(discovered)
    }
  }

  private let discovered = """
    {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",\
    "supportedVersions":["2026-07-28"],"capabilities":{}}}
    """

  private func probe(
    _ server: ScriptedServer, _ target: ProbeTarget, memory: ServerMemory = ServerMemory(),
    after seconds: Int64 = 0, purpose: ProbePurpose = .liveness
  ) throws -> ScriptedServer.Run {
    let now = Self.start.advanced(by: .seconds(seconds))
    return try #require(server.probe(target, memory: memory, purpose: purpose, at: now))
  }

  @Test func aTokenIsFetchedOnceAndKeptForMostOfItsLife() throws {
    let (server, target) = (server(good: ["tok-1", "tok-2"], gives: ["tok-1", "tok-2"]), target())
    let first = try probe(server, target)
    #expect(first.stages == [.token, .discover])
    #expect(first.result.outcome == .ok)
    let second = try probe(server, target, memory: first.result.memory, after: 79)
    #expect(second.stages == [.discover])
    let third = try probe(server, target, memory: second.result.memory, after: 80)
    #expect(third.stages == [.token, .discover])
    #expect(third.result.memory.token?.value == Secret("tok-2"))
  }

  @Test(arguments: [("", 240), (#","expires_in":"50""#, 40), (#","expires_in":null"#, 240)])
  func theLifeOfATokenIsReadOrAssumed(lifetime: String, seconds: Int64) throws {
    let run = try probe(server(lifetime: lifetime), target())
    #expect(run.result.memory.token?.renewAt == Self.start.advanced(by: .seconds(seconds)))
  }

  @Test func aTokenThatIsNoLongerGoodIsReplacedOnce() throws {
    let target = target()
    let memory = try probe(server(), target).result.memory
    let other = server(good: ["tok-2"], gives: ["tok-2"])
    let revoked = try probe(other, target, memory: memory, after: 10)
    #expect(revoked.stages == [.discover, .token, .discover])
    #expect(revoked.result.outcome == .ok)
    let wall = server(good: [], gives: ["tok-3", "tok-4"])
    let refused = try probe(wall, target, memory: memory, after: 10)
    #expect(refused.stages == [.discover, .token, .discover])
    #expect(refused.result.outcome == .authInvalid)
    #expect(!refused.result.detail.contains("tok-1") && !refused.result.detail.contains("tok-3"))
  }

  @Test func aTokenThatWasJustGivenIsNotReplaced() throws {
    let run = try probe(server(good: [], gives: ["tok-1", "tok-2"]), target())
    #expect(run.stages.filter { $0 == .token }.count == 1)
    #expect(run.result.outcome == .authInvalid)
  }

  @Test func otherSettingsNeedAnotherToken() throws {
    let memory = try probe(server(), target()).result.memory
    let other = target { $0.scopes = ["more"] }
    #expect(try probe(server(), other, memory: memory).stages == [.token, .discover])
  }

  @Test func aGoodbyeFetchesNoToken() throws {
    var memory = ServerMemory()
    memory.transport = .streamableHTTP
    memory.protocolVersion = "2025-11-25"
    memory.sessionID = "s"
    let run = try probe(server(), target(), memory: memory, purpose: .endSession)
    #expect(run.stages == [.delete])
  }

  @Test func theRequestSaysWhoAsksForWhat() throws {
    let request = try #require(
      try probe(
        server(),
        target {
          $0.scopes = ["a", "b:c"]
          $0.parameters = [.init(name: "audience", value: Secret("é&="))]
        }
      ).requests.first)
    #expect(request.method == .post && request.url == "https://login.example/token")
    #expect(request.headers.isEmpty)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "grant_type=client_credentials&client_id=break+water&client_secret=hunter2%2Bhunter2"
        + "&resource=https%3A%2F%2Fmcp.example%2Fmcp&scope=a+b%3Ac&audience=%C3%A9%26%3D")
  }

  @Test func theClientMaySayWhoItIsInAHeader() throws {
    let request = try #require(
      try probe(
        server(),
        target {
          $0.method = .basic
          $0.resource = ""
        }
      ).requests.first)
    #expect(request.headers.map(\.name) == ["Authorization"])
    #expect(
      request.headers.first?.value
        == "Basic " + Base64.encode("break+water:hunter2%2Bhunter2".utf8))
    #expect(String(decoding: request.body, as: UTF8.self) == "grant_type=client_credentials")
  }

  @Test func aModernServerIsToldOfTheExtension() throws {
    let with = try #require(try probe(server(), target()).requests.last)
    let text = String(decoding: with.body, as: UTF8.self)
    #expect(
      text.contains(
        #":{"extensions":{"io.modelcontextprotocol/oauth-client-credentials":{}}}}}}"#
      ))
    var plain = target()
    plain.http.oauth2 = nil
    let without = try #require(try probe(server(good: [""]), plain).requests.first)
    #expect(String(decoding: without.body, as: UTF8.self).contains(#"clientCapabilities":{}"#))
  }

  static let refusals: [(reply: ScriptedServer.Reply, detail: String)] = [
    (.failure(.connectRefused, stage: .connect), "token: connect_refused: broken"),
    (.failure(.tlsUntrusted, stage: .tls), "token: tls_untrusted: broken"),
    (
      .json(
        #"{"error":"invalid_client","error_description":"no\nhunter2+hunter2"}"#, status: 401),
      "token: HTTP 401, invalid_client, no <secret>"
    ),
    (.text("<html>", status: 503), "token: HTTP 503"),
    (.redirect(to: "https://evil.example/"), "token: HTTP 307"),
    (.text("<html>", status: 200), "token: HTTP 200, but no JSON object"),
    (.json("[]"), "token: HTTP 200, but no JSON object"),
    (.json("{}"), "token: HTTP 200 without an access_token"),
    (.json(#"{"access_token":7}"#), "token: HTTP 200 without an access_token"),
    (.json(#"{"error":"slow_down"}"#), "token: HTTP 200, slow_down"),
    (.json(#"{"access_token":"a\r\nb"}"#), "token: an access_token that no header can carry"),
    (
      .json(#"{"access_token":"a","token_type":"mac"}"#),
      "token: a token of the type \"mac\", not Bearer"
    ),
    (
      .json(#"{"access_token":"\#(String(repeating: "a", count: 70_000))"}"#),
      "token: over 65536 bytes of answer"
    ),
  ]

  @Test(arguments: refusals.indices)
  func anEndpointThatGivesNoneIsOurTrouble(index: Int) throws {
    let (reply, detail) = Self.refusals[index]
    let run = try probe(ScriptedServer { _ in reply }, target())
    #expect(run.stages == [.token])
    #expect(run.result.outcome == .tokenError)
    #expect(run.result.verdict == .hold)
    #expect(run.result.stage == .token)
    #expect(run.result.detail == detail)
    #expect(run.result.httpStatus == nil && run.result.authRequired == nil)
    #expect(run.result.memory.token == nil)
  }

  @Test func anEndpointThatIsBusyIsGivenTime() throws {
    let reply = ScriptedServer.Reply.text("", status: 429).retry(after: "17")
    let run = try probe(ScriptedServer { _ in reply }, target())
    #expect(run.result.outcome == .tokenError)
    #expect(run.result.retryAfter == .seconds(17))
  }

  @Test func whatIsOurOwnFaultStaysSo() throws {
    let run = try probe(ScriptedServer { _ in .failure(.configError) }, target())
    #expect(run.result.outcome == .configError)
  }

  @Test func aServerThatQuotesItsTokenShowsNone() throws {
    let target = target()
    let run = try probe(server(good: []), target)
    #expect(run.result.outcome == .authInvalid)
    #expect(run.result.detail.contains("<secret>"), "\(run.result.detail)")
    #expect(!"\(run.result)".contains("tok-1"))
  }
}
