import Foundation
import TestSupport
import Testing

/// Messages that were given up: seen, kept, and sent again by hand.
@Suite(.timeLimit(.minutes(5))) struct DeadLetters {
  private func list(_ agent: AgentProcess, _ query: String = "") async throws -> JSON {
    try await agent.http.get("/api/v1/notifications\(query)").json()["data"]
  }

  private func deadLetters(_ agent: AgentProcess) async throws -> Double? {
    try await agent.metrics().value("breakwater_notification_dead_letters")
  }

  @Test func aDeadLetterOutlivesAKillAndIsSentAgainUnderItsKey() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver([.status(410)])
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(["one"], evaluation: "1h", webhooks: ["url: \"\(receiver.url)?c4nary\""])
    var agent = try await bench.start()
    try await bench.healthy(agent)
    #expect(try await deadLetters(agent) == 0)
    try await bench.turn(["one"], to: "500")
    try await until("the message is dead") { try await deadLetters(agent) == 1 }
    let dead = try #require(try await list(agent, "?state=dead")["messages"].array.first)
    #expect(dead["receiver"].string == "hook" && dead["integration"].string == "webhook[0]")
    #expect(dead["failure"].string == "client_error" && dead["state"].string == "dead")
    #expect(dead["alerts"]["firing"].number == 1)
    let shown = try await agent.http.get("/api/v1/notifications").text
    #expect(!shown.contains("c4nary") && !shown.contains("delivery_id"))

    agent.process.send(SIGKILL)
    try await agent.process.exitStatus()
    agent = try await bench.start()
    #expect(try await deadLetters(agent) == 1)
    let id = try #require(dead["id"].string)
    let key = try #require(receiver.webhooks.first).key
    let path = "/api/v1/notifications/\(id)/redeliver"
    #expect(try await agent.http.post(path).status == 200)
    try await until("it has arrived") { receiver.webhooks.count { $0.key == key } == 2 }
    #expect(try await deadLetters(agent) == 0)
    #expect(try await list(agent)["dead"].number == 0)
    #expect(try await agent.http.post(path).status == 409, "once is enough")
    #expect(try await agent.http.post("/api/v1/notifications/4711/redeliver").status == 404)
    #expect(try await agent.process.stop() == 0)
  }
}
