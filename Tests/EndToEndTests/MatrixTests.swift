import Foundation
import TestSupport
import Testing

/// A real Matrix homeserver, and what a person in the room reads there.
@Suite(
  .enabled(if: Synapse.isInstalled, "no Synapse: run scripts/venvs.sh"), .timeLimit(.minutes(10)))
struct MatrixTests {
  private static let rules = """
    groups:
      - name: mcp
        rules:
          - alert: Open
            expr: mcp_health_status{status="circuit_open"} == 1
            annotations: {summary: "{{ $labels.mcp }} is <b>down</b> & out, @room"}

    """

  /// A homeserver with an agent's user and a person, both in each room, and MCPs to fail.
  private struct Stage {
    let bench: RuleBench
    let server: Synapse
    let person: String
    let bot: String

    init(limits: String = "") async throws {
      bench = try RuleBench()
      try bench.scratch.write("rules.yml", MatrixTests.rules)
      server = try Synapse(in: bench.scratch, limits: limits)
      try await server.start()
      person = try await server.register("ann")
      bot = try await server.register("breakwater")
    }

    /// A new one, by its id.
    func room() async throws -> String {
      let created = try await server.post(
        "/_matrix/client/v3/createRoom", token: person,
        #"{"preset": "public_chat"}"#)
      let room = try #require(created["room_id"].string)
      _ = try await server.post("/_matrix/client/v3/rooms/\(room)/join", token: bot, "{}")
      return room
    }

    /// An agent that tells this room, with its MCPs healthy.
    func agent(_ names: [String], telling room: String, at url: String) async throws
      -> AgentProcess
    {
      try bench.configure(
        names, evaluation: "1s", kind: "matrix",
        webhooks: [
          "homeserver_url: \"\(url)\", room_id: \"\(room)\", access_token: \(bot), timeout: 3s"
        ])
      let agent = try await bench.start()
      try await bench.healthy(agent)
      return agent
    }

    func messages(in room: String) async throws -> [JSON] {
      try await server.messages(in: room, reader: person)
    }

    /// Waits until so many messages are in the room and none waits to be sent.
    func settled(_ agent: AgentProcess, _ room: String, count: Int) async throws -> [JSON] {
      try await eventually("\(count) messages are in the room", within: .seconds(180)) {
        let waiting = try await agent.metrics().value("breakwater_notification_queue_length")
        let messages = try await messages(in: room)
        return messages.count >= count && waiting == 0 ? messages : nil
      }
    }
  }

  /// More at once than the homeserver takes by default: the agent keeps to its rate by itself.
  @Test func eachMessageIsInTheRoomOnceAndReadable() async throws {
    let stage = try await Stage()
    let room = try await stage.room()
    let names = (0..<12).map { "mcp-\($0)" }
    let agent = try await stage.agent(names, telling: room, at: stage.server.url)
    try await stage.bench.turn(names, to: "500")
    let messages = try await stage.settled(agent, room, count: names.count)
    #expect(messages.count == names.count)
    for name in names {
      let found = messages.filter { $0["content"]["body"].string?.contains("\(name) is") == true }
      try #require(found.count == 1, "\(name): \(found)")
      let content = found[0]["content"]
      #expect(found[0]["sender"].string == "@breakwater:peer.test")
      #expect(content["msgtype"].string == "m.text")
      #expect(content["format"].string == "org.matrix.custom.html")
      #expect(content["m.mentions"] == .object([:]))
      let text = "\(name) is <b>down</b> & out, @room"
      #expect(content["body"].string?.contains(text) == true, "\(content)")
      let html = "<b>🔴 \(name) is &lt;b&gt;down&lt;/b&gt; &amp; out, @room</b><br>"
      #expect(content["formatted_body"].string?.contains(html) == true, "\(content)")
    }
    #expect(stage.server.sends.allSatisfy { $0.status == "200" }, "\(stage.server.sends)")
    #expect(stage.server.sends.count == names.count)
    #expect(try await agent.process.stop() == 0)
  }

  /// What ends between the homeserver's having a message and the agent's hearing of that.
  private enum Loss: CaseIterable {
    case answer
    case agent
    case homeserver
  }

  @Test func aMessageThatIsSentAgainIsThereOnce() async throws {
    let stage = try await Stage()
    let proxy = TCPProxy(to: stage.server.http.port)
    let rounds = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 1 : 3
    for loss in repeatElement(Loss.allCases, count: rounds).joined() {
      let room = try await stage.room()
      var agent = try await stage.agent(
        ["one"], telling: room, at: "http://127.0.0.1:\(proxy.port)")
      let before = stage.server.sends.count
      proxy.set(.swallowAnswers, whenClientSends: "PUT /_matrix")
      try await stage.bench.turn(["one"], to: "500")
      try await until("\(loss): the message is in the room") {
        // Its log may be a little late.
        try await stage.messages(in: room).count == 1 && stage.server.sends.count > before
      }
      #expect(proxy.hasTriggered)
      switch loss {
      case .answer:
        let tries = "breakwater_notification_failed_tries_total"
        try await until("the answer is given up") {
          try await agent.metrics().value(tries, ["reason": "timeout"]).map { $0 > 0 } == true
        }
        proxy.set(.forward)
      case .agent:
        agent.process.send(SIGKILL)
        try await agent.process.exitStatus()
        proxy.set(.forward)
        agent = try await stage.bench.start()
      case .homeserver:
        try await stage.server.kill()
        proxy.set(.forward)
        try await stage.server.start()
      }
      #expect(try await stage.settled(agent, room, count: 1).count == 1, "\(loss)")
      try await until("\(loss): it was sent again") { stage.server.sends.count >= before + 2 }
      let sends = stage.server.sends.dropFirst(before)
      #expect(Set(sends.map(\.transaction)).count == 1, "\(loss): \(sends)")
      #expect(sends.last?.status == "200", "\(loss): \(sends)")

      try await stage.bench.turn(["one"], to: "ok")
      let messages = try await stage.settled(agent, room, count: 2)
      let signs = messages.map { $0["content"]["body"].string?.first }
      #expect(signs == ["🔴", "✅"], "\(loss)")
      #expect(try await agent.process.stop() == 0)
      try FileManager.default.removeItem(at: stage.bench.scratch.path("data"))
    }
  }

  /// One message each ten seconds, where the agent expects more.
  @Test func aMessageThatIsRefusedForTheRateComesAfterTheWaitItAskedFor() async throws {
    let stage = try await Stage(limits: "rc_message: {per_second: 0.1, burst_count: 1}")
    let room = try await stage.room()
    let agent = try await stage.agent(["one", "two"], telling: room, at: stage.server.url)
    try await stage.bench.turn(["one", "two"], to: "500")
    let messages = try await stage.settled(agent, room, count: 2)
    #expect(messages.count == 2)
    let times = messages.compactMap { $0["origin_server_ts"].number }
    try #require(times.count == 2)
    #expect(times[1] - times[0] >= 9_500, "\(times)")
    let refused = stage.server.sends.filter { $0.status == "429" }
    #expect((1...3).contains(refused.count), "it waits as long as asked: \(stage.server.sends)")
    let tries = try await agent.metrics().value(
      "breakwater_notification_failed_tries_total", ["reason": "rate_limited"])
    #expect(tries == Double(refused.count))
    #expect(try await agent.process.stop() == 0)
  }
}
