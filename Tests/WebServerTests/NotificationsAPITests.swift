import Notifications
import Signals
import Synchronization
import Testing

/// `GET /api/v1/notifications` and `POST /api/v1/notifications/{id}/redeliver`.
@Suite struct NotificationsAPITests {
  private func agent() -> FakeAgent {
    let agent = FakeAgent()
    func summary(_ number: UInt64, _ end: MessageEnd?) -> MessageSummary {
      MessageSummary(
        number: number,
        lane: Lane(
          group: GroupKey(#"{}:{mcp="a"}"#),
          destination: Destination(receiver: "chat", kind: .slack, integration: 1)),
        reason: .firstNotification, created: .noon, expires: .noon.advanced(by: .seconds(86_400)),
        end: end, ended: end.map { _ in .noon.advanced(by: .seconds(5)) }, firing: 2, resolved: 1)
    }
    agent.script.withLock { script in
      script.page.counts = [1, 20, 300]
      script.page.messages = [summary(9, nil), summary(8, .failed(.authError))]
    }
    return agent
  }

  private static func message(
    _ id: Int, _ state: String, ended: String, failure: String
  ) -> String {
    #"{"alerts":{"firing":2,"resolved":1},"created":"2026-07-28T12:00:00.000Z","#
      + #""ended":\#(ended),"expires":"2026-07-29T12:00:00.000Z","failure":\#(failure),"#
      + #""group_key":"{}:{mcp=\"a\"}","id":"\#(id)","integration":"slack[1]","#
      + #""reason":"first notification","receiver":"chat","state":"\#(state)"}"#
  }

  @Test func theListShowsWhatBecameOfMessagesAndNotWhatTheySay() async throws {
    try await serving(agent()) { peer in
      let answer = try await peer.get("/api/v1/notifications")
      answer.expect(status: 200)
      let queued = Self.message(9, "queued", ended: "null", failure: "null")
      let dead = Self.message(
        8, "dead", ended: #""2026-07-28T12:00:05.000Z""#, failure: #""auth_error""#)
      #expect(
        answer.text
          == #"{"data":{"dead":300,"delivered":20,"messages":[\#(queued),\#(dead)],"queued":1},"#
          + #""status":"success"}"# + "\n")
    }
  }

  @Test(arguments: [
    ("", "all 100 -"), ("?state=dead&limit=5&before=42", "dead 5 42"),
    ("?state=queued", "queued 100 -"), ("?state=delivered&limit=1000", "delivered 1000 -"),
  ])
  func aPageIsAskedFor(query: String, asked: String) async throws {
    let agent = agent()
    try await serving(agent) { peer in
      try await peer.get("/api/v1/notifications\(query)").expect(status: 200)
    }
    #expect(agent.script.withLock { $0.messageQueries } == [asked])
  }

  @Test(arguments: ["state=lost", "limit=0", "limit=1001", "limit=x", "before=-1", "before=a"])
  func whatCannotBeIsRefused(query: String) async throws {
    try await serving(agent()) { peer in
      let answer = try await peer.get("/api/v1/notifications?\(query)")
      answer.expect(status: 400)
      let name = query.prefix { $0 != "=" }
      #expect(answer.text.contains(#"invalid parameter \"\#(name)\""#))
    }
  }

  @Test func aDeadLetterIsSentAgain() async throws {
    let agent = agent()
    try await serving(agent) { peer in
      let answer = try await peer.send(
        "POST", "/api/v1/notifications/8/redeliver", ["Content-Length: 0"])
      answer.expect(status: 200)
      #expect(answer.text == #"{"data":{"id":"10"},"status":"success"}"# + "\n")
      try await peer.get("/api/v1/notifications/8/redeliver").expect(status: 405)
    }
    #expect(agent.script.withLock { $0.redelivered } == [8])
  }

  @Test(arguments: [
    (RedeliveryProblem.notFound, 404), (.notDead(.queued), 409), (.notDead(.delivered), 409),
    (.receiverRemoved, 409), (.full, 503),
  ])
  func whyItIsNotSentAgainIsSaid(problem: RedeliveryProblem, status: Int) async throws {
    let agent = agent()
    agent.script.withLock { $0.redeliveryProblem = problem }
    try await serving(agent) { peer in
      let answer = try await peer.send(
        "POST", "/api/v1/notifications/8/redeliver", ["Content-Length: 0"])
      answer.expect(status: status)
      #expect(answer.text.contains(problem.description))
      try await peer.send(
        "POST", "/api/v1/notifications/x/redeliver", ["Content-Length: 0"]
      ).expect(status: 404)
    }
  }

  @Test func aJournalThatCannotBeReadIsUnavailable() async throws {
    let agent = agent()
    agent.script.withLock { $0.answersNothing = true }
    try await serving(agent) { peer in
      try await peer.get("/api/v1/notifications").expect(status: 503)
    }
  }
}
