import Agent
import Breaking
import MCPWire
import Signals
import Testing

/// What must hold after every step, whatever happened.
extension SimulatedWorld {
  func lint() {
    for status in published.changed {
      let name = status.description.name
      check((status.circuit == .open) == (status.retryAt != nil), "\(name): \(status.circuit)")
      if status.circuit != .closed { check(status.circuitEnabled, "\(name) is not breakable") }
      check(status.isEnabled || status.isUp == nil, "\(name): up while disabled")
      check(status.downtime.since == nil || status.isEnabled, "\(name): downtime while disabled")
      if status.verdict == .up || status.verdict == .neutral {
        check(status.downtime.since == nil, "\(name): downtime while it answers")
      }
      let moves = status.counters.transitions
      let entered = moves[.init(from: .open, to: .halfOpen)]
      let left =
        moves[.init(from: .halfOpen, to: .open)] + moves[.init(from: .halfOpen, to: .closed)]
      check(entered == left || entered == left + 1, "\(name): half-open in and out")
    }
    if !journal.hasRefused { checkCommitted() }
    check(state.figures.inFlight >= 0, "probes in flight below zero")
  }

  /// What outlives a restart is shown as the journal's last commit has it.
  private func checkCommitted() {
    var last: [String: MCPStatus] = [:]
    for status in published.changed { last[status.description.name] = status }
    for (name, status) in last {
      guard let record = journal.records[name] else {
        check(status.verdict == nil && status.circuit == .closed, "\(name) shown before committed")
        continue
      }
      let isCommitted =
        status.circuit == record.breaker.state && status.retryAt == record.breaker.openUntil
        && status.consecutiveFailures == record.breaker.consecutiveFailures
        && status.failureCycles == record.breaker.failureCycles
        && status.counters.transitions == record.transitions
        && status.counters.recoveryAttempts == record.recoveryAttempts
        && status.verdict == record.verdict && status.downtime == record.downtime
        && status.catalogue == record.catalogue && status.enabledByHand == record.enabledByHand
      check(isCommitted, "\(name) is shown as the journal does not have it")
    }
  }

  /// A restarted agent shows exactly what was committed.
  mutating func checkRestored() {
    checkWords()
    for (_, status) in published.statuses {
      let name = status.description.name
      guard let record = journal.records[name], record.url == url(of: name) else { continue }
      check(status.counters.transitions == record.transitions, "\(name): transitions")
      guard status.isEnabled && status.circuitEnabled else { continue }
      check(status.circuit == record.breaker.state, "\(name): circuit")
      check(status.retryAt == record.breaker.openUntil, "\(name): open-until")
      check(status.consecutiveFailures == record.breaker.consecutiveFailures, "\(name): failures")
      check(status.failureCycles == record.breaker.failureCycles, "\(name): cycles")
      check(status.downtime == record.downtime, "\(name): downtime")
    }
  }

  /// Everything has come right some time after the faults stopped.
  mutating func checkAlive() {
    checkWords()
    for (_, status) in published.statuses where status.isEnabled {
      let name = status.description.name
      check(status.verdict == .up, "\(name): \(status.verdict as Any) \(status.circuit)")
      check(status.circuit == .closed, "\(name): \(status.circuit)")
      let record = journal.records[name]
      check(record?.verdict == .up, "\(name) is healthy and the journal does not know")
      check(record?.transitions == status.counters.transitions, "\(name): journal behind")
      check(feed.trouble(with: status))
    }
    check(feed.trouble(waiting: 1))
    check(state.figures.feedRowsDropped == 0, "rows of the feed dropped")
  }

  func check(_ trouble: String?) {
    if let trouble { check(false, trouble) }
  }

  /// Cheaper than `#expect` where it is asked millions of times.
  private func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { Issue.record("\(what()) (seed \(seed), at \(now.monotonic.elapsed))") }
  }

  private func url(of name: String) -> String? {
    settings.mcps.first { $0.name == name }?.target.url
  }
}

extension CircuitMoves {
  var opens: UInt64 {
    self[.init(from: .closed, to: .open)] + self[.init(from: .halfOpen, to: .open)]
  }
}
