import Foundation
import TestSupport
import Testing

/// Looks at an agent again and again until it is gone, and holds the next one to what was seen.
struct AgentWitness {
  /// One look at an MCP.
  struct Look {
    /// Newest first; read before `status`.
    var events: [JSON] = []
    var status = JSON.null
    /// From /metrics, by from and to.
    var transitions: [String: Double] = [:]
    /// The status was made between these, in Unix seconds.
    var earliest = 0.0
    var latest = 0.0
    /// Whether the look before this one saw the same, so that nothing was on its way.
    var isSettled = false

    var newest: JSON { events.first?["id"] ?? .null }
    var downtime: Double { status["downtime_seconds_total"].number ?? 0 }
    var isDown: Bool { ["disconnected", "circuit_open"].contains(status.health) }
  }

  let names: [String]
  private var seen: [String: Look] = [:]
  /// MCPs that kept still from the last look to the first one after a start.
  private(set) var exactComparisons = 0
  /// MCPs held to what was seen of them, whether they kept still or not.
  private(set) var comparisons = 0

  init(names: [String]) { self.names = names }

  /// Looks until the agent is gone; a look that it did not survive does not count.
  mutating func watch(_ agent: AgentProcess) async {
    while let looks = try? await look(at: agent) {
      for (name, var look) in looks {
        if let before = seen[name] {
          look.isSettled =
            before.newest == look.newest && before.status.circuit == look.status.circuit
        }
        seen[name] = look
      }
    }
  }

  private func look(at agent: AgentProcess) async throws -> [String: Look] {
    var looks: [String: Look] = [:]
    for name in names {
      looks[name] = Look(events: try await agent.events(of: name, limit: 50))
    }
    let earliest = Date().timeIntervalSince1970
    let statuses = try await agent.mcps()
    let latest = Date().timeIntervalSince1970
    let page = try await agent.metrics()
    for name in names {
      looks[name]?.status = statuses.first { $0["name"].string == name } ?? .null
      looks[name]?.transitions = Self.transitions(of: name, in: page)
      looks[name]?.earliest = earliest
      looks[name]?.latest = latest
    }
    return looks
  }

  private static func transitions(of name: String, in page: MetricsPage) -> [String: Double] {
    let moves = page.samples.filter {
      $0.name == "mcp_circuit_transitions_total" && $0.labels["mcp"] == name
    }
    return Dictionary(
      moves.map { ("\($0.labels["from"] ?? "") \($0.labels["to"] ?? "")", $0.value) },
      uniquingKeysWith: +)
  }

  /// The first look after a start, against the last one before the end. Statuses are read first
  /// here: when no event is new after that, they are those that the start has restored.
  mutating func compare(with agent: AgentProcess, _ place: String) async throws {
    let earliest = Date().timeIntervalSince1970
    let statuses = try await agent.mcps()
    let latest = Date().timeIntervalSince1970
    let page = try await agent.metrics()
    for name in names {
      guard let before = seen[name] else { continue }
      var after = Look()
      after.status = statuses.first { $0["name"].string == name } ?? .null
      after.earliest = earliest
      after.latest = latest
      after.transitions = Self.transitions(of: name, in: page)
      after.events = try await agent.events(of: name)
      let comment = "\(place), \(name): \(before.status) then \(after.status)"
      expectNothingLost(from: before, to: after, comment)
      comparisons += 1
      if before.isSettled && before.newest == after.newest {
        expectTheSame(before, after, comment)
        exactComparisons += 1
      }
    }
  }

  private func expectNothingLost(from before: Look, to after: Look, _ comment: String) {
    let kept = Dictionary(
      after.events.map { ($0["id"].string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    for event in before.events {
      #expect(kept[event["id"].string ?? "none"] == event, "\(comment)")
    }
    for (move, count) in before.transitions {
      #expect(after.transitions[move].map { $0 >= count } == true, "\(move): \(comment)")
    }
    let opens = after.status.circuit["opens_total"].number ?? -1
    #expect(opens >= before.status.circuit["opens_total"].number ?? 0, "opens: \(comment)")
    #expect(after.downtime >= before.downtime - 0.001, "downtime: \(comment)")
  }

  /// No event in between: the circuit is where it was, to the millisecond of its next trial, and
  /// downtime has grown by the time that has passed, with the agent dead for most of it.
  private func expectTheSame(_ before: Look, _ after: Look, _ comment: String) {
    #expect(after.status.circuit == before.status.circuit, "\(comment)")
    let grown = after.downtime - before.downtime
    if before.isDown {
      let slack = 0.5
      #expect(grown >= after.earliest - before.latest - slack, "downtime: \(comment)")
      #expect(grown <= after.latest - before.earliest + slack, "downtime: \(comment)")
    } else {
      #expect(abs(grown) < 0.001, "downtime: \(comment)")
    }
  }
}
