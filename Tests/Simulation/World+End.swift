import Agent
import AgentRuntime
import Alerting
import Breaking
import MCPWire
import Notifications
import PromQL
import SampleStore
import Signals
import TestSupport

/// What has come right some time after the faults stopped.
extension World {
  package mutating func checkAlive() {
    guard failure == nil else { return }
    checkMCPs()
    checkWords()
    checkRestarts()
    checkRules()
    checkReceivers()
  }

  private mutating func checkMCPs() {
    check(published.statuses.count == settings.mcps.count, "MCPs are missing")
    for status in published.statuses where status.isEnabled {
      let name = status.description.name
      check(status.verdict == .up, "\(name) ended \(status.verdict as Any) \(status.circuit)")
      check(status.circuit == .closed, "\(name) ended \(status.circuit)")
      let record = journal.disk.records[name]
      check(record?.verdict == .up, "\(name) is healthy and the journal does not know")
      check(record?.transitions == status.counters.transitions, "\(name): journal behind")
    }
    let ahead = journal.ahead
    check(ahead.isEmpty, "the journal has not all: \(ahead.sorted())")
  }

  private mutating func checkRestarts() {
    guard restarts > 0 else { return }
    for number in 1...restarts {
      let told = journal.disk.restartsTold[number, default: 0]
      check(told <= 1, "restart \(number) is told \(told) times")
      check(told == 1 || mayBeUntold.contains(number), "restart \(number) is not told")
    }
    check(
      journal.disk.restarts.reduce(0, +) == UInt64(restarts), "restarts counted otherwise")
  }

  /// Each rule's alerts are those that its expression gives to a query of its own.
  private mutating func checkRules() {
    guard let engine else { return check(false, "no rule engine") }
    let source = engine.samples.head.snapshot
    for group in engine.alerting.rules.statuses {
      for rule in group.rules {
        guard case .alerting(let settings) = rule.rule.kind, let at = rule.lastEvaluation,
          rule.rule.name.hasPrefix("ManyFire") == false
        else { continue }
        var expected: Set<String> = []
        if let value = try? Query(rule.rule.expression, options: options()).evaluate(
          at: at.milliseconds, over: source
        ).value,
          case .vector(let elements) = value
        {
          expected = Set(elements.map { $0.labels["mcp"] ?? "" })
        }
        let shown = Set(rule.alerts.map { $0.labels["mcp"] ?? "" })
        check(
          expected.isSubset(of: shown), "\(rule.rule.name) lacks \(expected.subtracting(shown))")
        check(
          shown == expected || settings.keepFiringFor > .zero,
          "\(rule.rule.name) has \(shown.subtracting(expected)) besides")
      }
    }
    for name in firing(of: "Down") { check(isStillOut(name), "\(name) fires, and nothing is down") }
  }

  private func firing(of name: String) -> [String] {
    engine?.alerting.rules.statuses.flatMap(\.rules).filter { $0.rule.name == name }
      .flatMap(\.alerts).map { $0.labels["mcp"] ?? "" } ?? []
  }

  private func isStillOut(_ name: String) -> Bool {
    published.statuses.contains { $0.description.name == name && $0.isUp == false }
  }

  /// Every receiver believes in just the alerts that fire, but for what is on its way.
  private mutating func checkReceivers() {
    guard let engine else { return }
    for trouble in heard.troubles { check(false, trouble) }
    var firing: Set<UInt64> = []
    var young: Set<UInt64> = excused
    for alert in engine.alerting.rules.statuses.flatMap(\.rules).flatMap(\.alerts) {
      var labels = alert.labels
      for label in settings.global.externalLabels where labels[label.name] == nil {
        labels = labels.setting(label.name, to: label.value)
      }
      if alert.state == .firing { firing.insert(labels.alertFingerprint) }
      if let moved = lastMoves[alert.labels.alertFingerprint], isYoung(moved) {
        young.insert(labels.alertFingerprint)
      }
    }
    for (fingerprint, moved) in lastMoves where isYoung(moved) { young.insert(fingerprint) }
    for message in journal.disk.messages.contents.messages {
      let age = message.created.duration(to: now.wall)
      check(age < .seconds(120), "\(message.key) has waited for \(age)")
    }
    for integration in 0..<scenario.receivers {
      let destination = Destination(receiver: "team", integration: integration)
      for beliefs in [heard.firing, heard.naive] {
        let believed = (beliefs[destination] ?? []).subtracting(young)
        let fires = firing.subtracting(young)
        let (ended, news) = (believed.subtracting(fires), fires.subtracting(believed))
        let labels = labels
        check(ended.isEmpty, "receiver \(integration) believes in \(Self.words(ended, labels))")
        check(news.isEmpty, "receiver \(integration) has not heard of \(Self.words(news, labels))")
      }
    }
  }

  private static func words(_ alerts: Set<UInt64>, _ labels: [UInt64: LabelSet]) -> String {
    alerts.sorted().map { labels[$0]?.description ?? "an alert" }.joined(separator: ", ")
  }

  private func isYoung(_ moved: MonotonicInstant) -> Bool {
    moved.duration(to: now.monotonic) < .seconds(180)
  }

  private func options() -> EngineOptions {
    var options = EngineOptions()
    options.subqueryStep = settings.global.evaluationInterval.wholeMilliseconds
    return options
  }
}
