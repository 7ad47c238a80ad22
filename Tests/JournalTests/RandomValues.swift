import Agent
import Breaking
import MCPWire
import Signals
import TestSupport

/// Values with every optional set or not, and texts that storage likes to break.
extension SeededRandom {
  mutating func maybe<Value>(_ make: (inout SeededRandom) -> Value) -> Value? {
    Bool.random(using: &self) ? make(&self) : nil
  }

  mutating func member<Set: CaseIterable>(of: Set.Type) -> Set {
    let all = Array(Set.allCases)
    return all[Int.random(in: 0..<all.count, using: &self)]
  }

  mutating func text() -> String {
    let pieces = [
      "weather", "", " ", "'", "\"", "\\", "\n", "\t", "\u{1}", "\u{7f}", "é", "日本", "👩‍👩‍👧",
      "\u{fffd}",
      "; DROP TABLE mcp", "null", "0", "{}", "\u{2028}",
    ]
    return (0..<Int.random(in: 0...4, using: &self)).map { _ in
      pieces[Int.random(in: 0..<pieces.count, using: &self)]
    }.joined()
  }

  mutating func count() -> UInt64 { UInt64.random(in: 0...UInt64(Int64.max), using: &self) }

  mutating func int() -> Int { Int.random(in: 0...Int(Int32.max), using: &self) }

  mutating func time() -> Timestamp {
    Timestamp(milliseconds: Int64.random(in: -1_000_000...4_000_000_000_000, using: &self))
  }

  mutating func record(named name: String) -> MCPRecord {
    var breaker = Breaker.Durable(state: member(of: Breaker.StateName.self))
    breaker.openUntil = maybe { $0.time() }
    breaker.successes = int()
    breaker.failures = int()
    breaker.consecutiveFailures = int()
    breaker.rounds = int()
    breaker.trials = int()
    breaker.failureCycles = int()
    breaker.upSince = maybe { $0.time() }
    var record = MCPRecord(name: name, url: text(), breaker: breaker, updated: time())
    record.verdict = maybe { $0.member(of: Verdict.self) }
    for move in CircuitMoves.all { record.transitions[move] = count() }
    record.recoveryAttempts = count()
    record.downtime.total = .milliseconds(int())
    record.downtime.since = maybe { $0.time() }
    record.lastSuccess = maybe { $0.time() }
    record.lastRecoveryAttempt = maybe { $0.time() }
    record.autoDisabledReason = maybe { $0.text() }
    record.enabledByHand = maybe { Bool.random(using: &$0) }
    record.transport = maybe { $0.member(of: MCPTransport.self) }
    record.protocolVersion = maybe { $0.text() }
    record.server = maybe { ServerIdentity(name: $0.text(), version: $0.text()) }
    record.catalogue = maybe {
      CatalogueCounts(
        tools: $0.maybe { $0.int() }, prompts: $0.maybe { $0.int() },
        resources: $0.maybe { $0.int() }, resourceTemplates: $0.maybe { $0.int() })
    }
    record.authRequired = maybe { Bool.random(using: &$0) }
    return record
  }

  mutating func event(_ sequence: UInt64, of mcp: String) -> HealthEvent {
    let data = (0..<Int.random(in: 0...4, using: &self)).map { number in
      Label(name: text() + "\(number)", value: text())
    }
    return HealthEvent(
      sequence: sequence, mcp: mcp, timestamp: time(), type: member(of: HealthEventType.self),
      outcome: maybe { $0.member(of: ProbeOutcome.self) }, detail: text(), data: data)
  }
}
