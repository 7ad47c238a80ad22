import Notifications
import PromQL
import Signals
import Synchronization
import Testing

/// `POST /api/v2/silences` and `DELETE /api/v2/silence/{id}`.
@Suite struct SilenceAPITests {
  private static func body(_ change: (inout [String]) -> Void = { _ in }) -> String {
    var members = [
      #""matchers":[{"name":"mcp","value":"a.*","isRegex":true}]"#,
      #""startsAt":"2026-07-28T12:00:00.5Z""#, #""endsAt":"2026-07-28T16:00:00+02:00""#,
      #""createdBy":"ann""#, #""comment":"a rest""#,
    ]
    change(&members)
    return "{\(members.joined(separator: ","))}"
  }

  private func post(_ peer: Peer, _ body: String) async throws -> Answer {
    try await peer.post("/api/v2/silences", form: body, type: "application/json")
  }

  @Test func aSilenceIsSetAsItIsSent() async throws {
    let agent = FakeAgent.withAlerts()
    try await serving(agent) { peer in
      let answer = try await post(peer, Self.body())
      answer.expect(status: 200)
      #expect(answer.text == #"{"silenceID":"new-1"}"# + "\n")
      let changed = Self.body {
        $0[0] =
          #""matchers":[{"name":"a","value":"b","isRegex":false,"isEqual":false},"#
          + #"{"name":"c","value":"d","isRegex":true,"isEqual":false}]"#
        $0 += [#""id":"s-active""#, #""unknown":[1,{}]"#, #""annotations":{"t":"u","s":"v"}"#]
      }
      try await post(peer, changed).expect(status: 200)
    }
    let drafts = agent.script.withLock { $0.drafts }
    try #require(drafts.count == 2)
    #expect(drafts[0].id == "" && drafts[0].createdBy == "ann" && drafts[0].comment == "a rest")
    #expect(drafts[0].matchers.text == #"{mcp=~"a.*"}"#)
    #expect(drafts[0].startsAt == .noon.advanced(by: .milliseconds(500)))
    #expect(drafts[0].endsAt == .noon.advanced(by: .seconds(7200)))
    #expect(drafts[1].id == "s-active")
    #expect(drafts[1].matchers.text == #"{a!="b",c!~"d"}"#)
    #expect(drafts[1].annotations.map(\.name) == ["s", "t"])
  }

  static let refused: [(String, String)] = [
    ("", "bad silence: the body is not JSON"), ("[]", "bad silence: what is in body"),
    ("{}", "in body is required"),
    (body { $0.remove(at: 4) }, "bad silence: comment in body is required"),
    (body { $0[0] = #""matchers":[{"name":"a"}]"# }, "matchers.0.value in body is required"),
    (body { $0[3] = #""createdBy":1"# }, "bad silence: createdBy in body is of another type"),
    (body { $0[1] = #""startsAt":"soon""# }, "bad silence: startsAt is not a time"),
    (
      body { $0[0] = #""matchers":[{"name":"a","value":"(","isRegex":true}]"# },
      "invalid silence: invalid label matcher 0"
    ),
    (String(repeating: "[", count: 30_000), "bad silence"),
  ]

  @Test(arguments: SilenceAPITests.refused)
  func whatIsNoSilenceIsRefused(body: String, why: String) async throws {
    let agent = FakeAgent.withAlerts()
    try await serving(agent) { peer in
      let answer = try await post(peer, body)
      answer.expect(status: 400)
      #expect(answer.text.hasPrefix("\"") && answer.text.contains(why), "\(answer.text)")
    }
    #expect(agent.script.withLock { $0.drafts.isEmpty })
  }

  @Test(arguments: [
    (SilenceProblem.notFound, 404, "no silence of this id"),
    (.invalid("the end is in the past"), 400, "invalid silence: the end is in the past"),
    (.tooMany(9), 503, "there are 9 silences"), (.alreadyExpired, 500, "has ended already"),
  ])
  func whatTheAgentRefusesIsSaid(problem: SilenceProblem, status: Int, why: String) async throws {
    let agent = FakeAgent.withAlerts()
    agent.script.withLock { $0.silenceProblem = problem }
    try await serving(agent) { peer in
      for answer in [
        try await post(peer, Self.body()),
        try await peer.send("DELETE", "/api/v2/silence/x", ["Content-Length: 0"]),
      ] {
        answer.expect(status: status)
        #expect(answer.text.contains(why), "\(answer.text)")
      }
    }
  }

  @Test func aSilenceIsEnded() async throws {
    let agent = FakeAgent.withAlerts()
    try await serving(agent) { peer in
      let answer = try await peer.send("DELETE", "/api/v2/silence/s-active")
      answer.expect(status: 200)
      #expect(answer.body.isEmpty)
      try await peer.send("POST", "/api/v2/silence/s-active").expect(status: 405)
    }
    #expect(agent.script.withLock { $0.expired } == ["s-active"])
  }

  @Test func aPageOfAnotherSiteCannotSilence() async throws {
    let agent = FakeAgent.withAlerts()
    try await serving(agent) { peer in
      for header in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
        for (method, path) in [
          ("POST", "/api/v2/silences"), ("DELETE", "/api/v2/silence/s-active"),
          ("POST", "/api/v1/notifications/1/redeliver"),
        ] {
          let answer = try await peer.send(method, path, [header, "Content-Length: 0"])
          answer.expect(status: 403)
        }
      }
    }
    #expect(agent.script.withLock { $0.expired.isEmpty && $0.redelivered.isEmpty })
  }

  @Test func aBodyBeyondItsBoundIsRefused() async throws {
    try await serving(.withAlerts()) { peer in
      let answer = try await post(peer, String(repeating: " ", count: 70_000))
      answer.expect(status: 413)
    }
  }
}
