import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

/// Agents that end one after another, MCPs that go down and up, and what a receiver hears of it.
struct AlertKillDrill {
  struct Figures: CustomStringConvertible {
    var ends = 0
    /// By the agent's events: from the opening of a circuit to its closing.
    var outages = 0
    /// Outages without a message of them, or of their end.
    var lost = 0
    var messages = 0
    var tries = 0
    /// Messages that came again after they had been answered with 200.
    var duplicates = 0
    /// MCPs held to what was seen of them before an end.
    var comparisons = 0
    /// How the agents ended.
    var causes: [String: Int] = [:]

    var description: String {
      "\(ends) ends, \(outages) outages, lost \(lost); \(messages) messages in \(tries) tries, "
        + "\(duplicates) came again after a 200; \(comparisons) comparisons"
        + causes.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value)" }.joined()
    }
  }

  static let names = (0..<4).map { "mcp-\($0)" }

  let bench: RuleBench
  let receiver: MoodyReceiver
  let seed: UInt64
  let end: AgentEnd
  /// Takes connections and never answers.
  let silent: TakenPort
  private let isOver = Flag()
  var dice: SeededRandom
  var witness = AgentWitness(names: Self.names)
  var causes: [String: Int] = [:]
  /// As the agent that was looked at last counted them, and how many have ended since.
  var restarts: Double?
  var endsSince = 0
  /// When agents ended, in Unix seconds.
  var endings: [Double] = []

  init(seed: UInt64, _ end: AgentEnd = .kill) throws {
    bench = try RuleBench(Scratch(inMemory: end.isQuick))
    receiver = MoodyReceiver(seed: seed)
    silent = try TakenPort()
    self.end = end
    self.seed = seed
    dice = SeededRandom(seed: seed)
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
  }

  mutating func perform(ends: Int) async throws -> Figures {
    let shaking = self
    let shaker = Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, name) in Self.names.enumerated() {
          let dice = SeededRandom(seed: shaking.seed &* 31 &+ UInt64(number))
          group.addTask { try await shaking.shake(name, dice) }
        }
        try await group.waitForAll()
      }
    }
    defer { shaker.cancel() }
    for life in 0..<ends { try await live(life) }
    receiver.calm()
    try configure(life: ends)
    let agent = try await bench.start()
    try await compare(with: agent, "at the end")
    isOver.raise()
    try await shaker.value
    try await until("nothing waits to be delivered") {
      try await agent.metrics().value("breakwater_notification_queue_length") == 0
    }
    var figures = Figures(ends: ends, comparisons: witness.comparisons, causes: causes)
    let tries = receiver.tries
    figures.tries = tries.count
    figures.messages = Set(tries.map(\.key)).count
    figures.duplicates =
      Dictionary(grouping: tries.filter(\.isAnswered), by: \.key).values.reduce(0) {
        $0 + $1.count - 1
      }
    for name in Self.names {
      let messages = expectOrder(of: tries.filter { $0.mcp == name }, name)
      let outages = try await outages(of: name, by: agent)
      figures.outages += outages.count
      for outage in outages where !isTold(outage, by: messages) && !mayBeUntold(outage) {
        figures.lost += 1
        Issue.record("seed \(seed): lost \(outage) of \(name), told \(messages.map(\.alert))")
      }
    }
    #expect(try await agent.process.stop() == 0)
    return figures
  }

  /// Takes the MCP down and up until it is over. The next outage begins when the last one's end has
  /// been told; without that, Alertmanager's grouping may make one of the two.
  private func shake(_ name: String, _ dice: SeededRandom) async throws {
    var dice = dice
    let http = LocalHTTP(port: bench.port)
    func comes(_ what: String, _ holds: (JSON) -> Bool) async throws {
      try await until("\(what) of \(name)", within: .seconds(120)) {
        let answer = try await http.get("/api/v1/mcps/\(name)").json()["data"]
        return holds(answer.first(named: name))
      }
    }
    try await comes("the first success") { $0.health == "healthy" }
    while !isOver.isRaised {
      let before = receiver.taken(of: name).count
      try await bench.servers.turn(name, to: Bool.random(using: &dice) ? "500" : "die")
      try await comes("the circuit's opening") { $0.circuitState == "open" }
      // A message that does not come is found missing at the end.
      if Bool.random(using: &dice) {
        try? await until("a firing message of \(name)", within: .seconds(20)) {
          receiver.taken(of: name).count > before
        }
      }
      try await bench.servers.turn(name, to: "ok")
      try await comes("the recovery") { $0.health == "healthy" && $0.circuitState == "closed" }
      try? await until("a resolved message of \(name)", within: .seconds(60)) {
        let taken = receiver.taken(of: name)
        return taken.count > before && taken.last?.status == "resolved"
      }
    }
  }
}

// MARK: - Verdicts

extension AlertKillDrill {
  /// The tries of an MCP as messages, in order.
  private func expectOrder(of tries: [MoodyReceiver.Try], _ name: String) -> [MoodyReceiver.Try] {
    var places: [String: Int] = [:]
    var messages: [MoodyReceiver.Try] = []
    var last = 0
    for attempt in tries {
      let place = places[attempt.key] ?? messages.count
      if place == messages.count { messages.append(attempt) }
      places[attempt.key] = place
      #expect(
        place >= last,
        "seed \(seed), \(name): \(attempt.key) after a later message, life \(attempt.life)")
      last = place
    }
    for (index, message) in messages.enumerated() {
      let status = index.isMultiple(of: 2) ? "firing" : "resolved"
      #expect(message.status == status, "seed \(seed), \(name): \(messages.map(\.status))")
    }
    #expect(messages.last?.status == "resolved", "seed \(seed), \(name): nothing fires at the end")
    #expect(Set(messages.map { $0.alert["fingerprint"].string }).count == 1, "\(name)")
    for (key, tries) in Dictionary(grouping: tries, by: \.key) {
      #expect(Set(tries.map(\.body)).count == 1, "\(name): \(key) has one body")
      #expect(tries.contains { $0.isTaken }, "\(name): \(key) has arrived")
      let answered = Dictionary(grouping: tries.filter(\.isAnswered), by: \.life)
      for (life, again) in answered {
        #expect(again.count == 1, "seed \(seed), \(name): twice in life \(life) of the agent")
      }
    }
    return messages
  }

  /// Unix seconds from each first opening of the circuit to its closing.
  private func outages(
    of name: String, by agent: AgentProcess
  ) async throws -> [ClosedRange<Double>] {
    var outages: [ClosedRange<Double>] = []
    var opened: Double?
    for event in try await agent.allEvents(of: name).reversed() {
      let time = instant(event["timestamp"].string)
      switch event["type"].string {
      case "circuit_opened": opened = opened ?? time
      case "circuit_closed":
        if let begin = opened { outages.append(begin...max(begin, time)) }
        opened = nil
      default: break
      }
    }
    #expect(opened == nil, "\(name) is up at the end")
    return outages
  }

  /// An agent that ends at a point of its code may do so between a circuit's opening and the
  /// commit of its alert, and the next one in the same place, until the circuit has closed.
  private func mayBeUntold(_ outage: ClosedRange<Double>) -> Bool {
    guard end.isQuick else { return false }
    return endings.filter { (outage.lowerBound...outage.upperBound + 1).contains($0) }.count > 1
  }

  /// A firing message and the resolved one after it, whose times meet those of the outage.
  private func isTold(_ outage: ClosedRange<Double>, by messages: [MoodyReceiver.Try]) -> Bool {
    zip(messages, messages.dropFirst()).contains { firing, resolved in
      let begin = instant(firing.alert["startsAt"].string)
      let end = instant(resolved.alert["endsAt"].string)
      return firing.status == "firing" && resolved.status == "resolved" && begin <= end
        && (begin - 1...end + 1).overlaps(outage)
    }
  }
}

extension AgentProcess {
  /// Newest first, page by page.
  fileprivate func allEvents(of name: String) async throws -> [JSON] {
    var all: [JSON] = []
    var before = ""
    while true {
      let path = "/api/v1/mcps/\(name)/events?limit=500\(before)"
      let page = try await http.get(path).json().listed
      guard let oldest = page.last?["id"].string else { return all }
      all += page
      before = "&before=\(oldest)"
    }
  }
}

/// Set once, from any thread.
private final class Flag: Sendable {
  private let value = Mutex(false)

  var isRaised: Bool { value.withLock { $0 } }
  func raise() { value.withLock { $0 = true } }
}
