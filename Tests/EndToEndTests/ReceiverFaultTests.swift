import Foundation
import Signals
import Synchronization
import TestSupport
import Testing

/// Receivers that do not take a message at once, or ever.
@Suite(.timeLimit(.minutes(5))) struct ReceiverFaults {
  /// What an MCP's name does to the first try of each message about it.
  private static let faults: [String: ScriptedReceiver.Answer] = [
    "limited": .status(429, headers: ["Retry-After: 1"]),
    "early": .status(425),
    "slow": .status(408),
    "broken": .status(500),
    "busy": .status(503),
    "mute": .hang,
    "reset": .reset,
    "lost": .lost,
    "fine": .status(200),
  ]

  @Test func everyMessageIsTriedUntilItArrivesAndInOrder() async throws {
    let bench = try RuleBench()
    let tried = Mutex<Set<String>>([])
    let receiver = ScriptedReceiver { request in
      let message = Webhook(request)
      let isFirst = tried.withLock { $0.insert(message.key).inserted }
      return isFirst ? Self.faults[message.mcp] ?? .status(200) : .status(200)
    }
    let names = Self.faults.keys.sorted()
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(names, webhooks: ["url: \"\(receiver.url)\", timeout: 5s"])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(names, to: "500")
    for name in names { try await receiver.told(name, "firing") }
    // Some ends are decided while the beginning is not delivered yet.
    try await bench.turn(names, to: "ok")
    for name in names { try await receiver.told(name, "resolved") }
    let delivered = "breakwater_notifications_total"
    try await until("all are delivered") {
      try await agent.metrics().value(delivered) == Double(2 * names.count)
    }

    for name in names { expectTries(of: name, in: receiver.webhooks(of: name)) }
    let page = try await agent.metrics()
    #expect(page.value("breakwater_notification_queue_length") == 0)
    let failed = page.samples.filter { $0.name == "breakwater_notifications_failed_total" }
    #expect(!failed.isEmpty && failed.allSatisfy { $0.value == 0 })
    let tries = "breakwater_notification_failed_tries_total"
    let counts = [
      ("rate_limited", 2.0), ("client_error", 2), ("server_error", 4), ("timeout", 4),
      ("auth_error", 0), ("local", 0), ("expired", 0), ("receiver_removed", 0),
    ]
    // libcurl itself asks once more when a connection that was kept breaks.
    #expect(page.value(tries, ["reason": "network"]).map { $0 <= 4 } == true)
    for (reason, count) in counts {
      #expect(page.value(tries, ["reason": reason]) == count, "\(reason)")
    }
    #expect(try await agent.process.stop() == 0)
  }

  private func expectTries(of name: String, in tries: [Webhook]) {
    let perMessage = name == "fine" ? 1 : 2
    #expect(tries.count == 2 * perMessage, "\(name)")
    let firing = tries.prefix(perMessage)
    let resolved = tries.dropFirst(perMessage)
    for (messages, status) in [(firing, "firing"), (resolved, "resolved")] {
      #expect(messages.allSatisfy { $0.status == status }, "\(name): \(tries.map(\.status))")
      #expect(Set(messages.map(\.key)).count == 1, "\(name): one key for every try")
      #expect(Set(messages.map(\.request.body)).count == 1, "\(name): the same body")
      guard let first = messages.first, let last = messages.last else { continue }
      let waited = first.request.arrivedAt.duration(to: last.request.arrivedAt)
      if ["limited", "mute"].contains(name) {
        #expect(waited >= .milliseconds(950), "\(name): tried again too soon")
      }
    }
    #expect(Set(tries.map(\.key)).count == 2, "\(name): each message its own key")
  }

  /// 410 says that nobody is there. The next message tells the outage anew.
  @Test func aReceiverThatIsGoneIsCounted() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver([.status(410)])
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(["one"], webhooks: ["url: \"\(receiver.url)\""])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(["one"], to: "500")
    try await until("the message is given up") {
      try await agent.metrics().value(
        "breakwater_notifications_failed_total", ["reason": "client_error"]) == 1
    }
    let messages = try await receiver.requests(count: 2).map { Webhook($0) }
    #expect(messages.map(\.status) == ["firing", "firing"])
    #expect(messages[0].key != messages[1].key)
    try await bench.turn(["one"], to: "ok")
    try await receiver.told("one", "resolved")
    #expect(receiver.requests.count == 3)
    #expect(try await agent.process.stop() == 0)
  }

  /// A refusal may be a deployment's: the message waits, and a restart tries it at once.
  @Test func aRefusedMessageIsTriedAgainAfterARestart() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver([.status(400)])
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(["one"], webhooks: ["url: \"\(receiver.url)\""])
    var agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(["one"], to: "500")
    try await until("the try has failed") {
      try await agent.metrics().value(
        "breakwater_notification_failed_tries_total", ["reason": "client_error"]) == 1
    }
    let page = try await agent.metrics()
    #expect(page.value("breakwater_notification_queue_length") == 1)
    #expect(
      page.value("breakwater_notifications_failed_total", ["reason": "client_error"]) == 0)
    #expect(receiver.requests.count == 1)
    #expect(try await agent.process.stop() == 0)
    agent = try await bench.start()
    let tries = try await receiver.requests(count: 2).map { Webhook($0) }
    #expect(tries[0].key == tries[1].key && tries[0].request.body == tries[1].request.body)
    try await bench.turn(["one"], to: "ok")
    try await receiver.told("one", "resolved")
    #expect(receiver.requests.count == 3)
    #expect(try await agent.process.stop() == 0)
  }

  /// More messages hang than are sent at once.
  @Test func aDeadReceiverHoldsUpNobodyElse() async throws {
    let bench = try RuleBench()
    let dead = ScriptedReceiver(then: .hang)
    let living = ScriptedReceiver()
    let names = (0..<8).map { "mcp-\($0)" }
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(
      names + ["witness"],
      webhooks: ["url: \"\(dead.url)\", timeout: 60s", "url: \"\(living.url)\""])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(names, to: "500")
    for name in names { try await living.told(name, "firing") }
    let stuck = try await dead.requests(count: 4)
    let probes = try await agent.metrics().value(
      "mcp_probes_total", ["mcp": "witness", "outcome": "ok"])
    try await until("probes go on") {
      let now = try await agent.metrics().value(
        "mcp_probes_total", ["mcp": "witness", "outcome": "ok"])
      return (now ?? 0) >= (probes ?? 0) + 3
    }
    try await bench.turn(names, to: "ok")
    for name in names { try await living.told(name, "resolved") }
    #expect(dead.requests.count == stuck.count, "four tries at once, and no more")
    let page = try await agent.metrics()
    #expect(page.value("breakwater_notifications_total") == Double(2 * names.count))
    #expect(page.value("breakwater_notification_queue_length") == Double(2 * names.count))
    #expect(try await agent.process.stop() == 0, "it ends in time, whatever hangs")
  }
}
