import Agent
package import Breaking
import MCPWire
import Notifications
import Signals
package import TestSupport

/// What is watched, by which rules, and who is told.
package struct Scenario: Sendable {
  package var mcps = 20
  package var rules = 14
  package var receivers = 2
  package var probeInterval: Duration = .seconds(15)
  package var probeTimeout: Duration = .seconds(5)
  package var evaluationInterval: Duration = .seconds(30)
  /// A server or receiver stays as it is for up to so long.
  package var longestMood: Duration = .seconds(600)
  package var breaker = Breaker.Settings()
  package var faults = Faults()
  package var death: Death?

  package init() {
    breaker.recoveryTimeout = .seconds(30)
    breaker.backoff.max = .seconds(180)
  }

  /// A small agent with whatever faults the seed brings.
  package static func drawn(by random: inout SeededRandom) -> Self {
    var scenario = Self()
    scenario.faults = Faults(&random)
    scenario.mcps = [1, 8, 25].randomElement(using: &random) ?? 8
    scenario.rules = [6, 14, 20].randomElement(using: &random) ?? 14
    scenario.receivers = [1, 2, 5].randomElement(using: &random) ?? 2
    scenario.probeInterval = .seconds([5, 15, 30].randomElement(using: &random) ?? 15)
    scenario.evaluationInterval = .seconds([15, 30, 60].randomElement(using: &random) ?? 30)
    return scenario
  }

  /// 200 MCPs probed every 60 s, 50 rules every 60 s (Prometheus's own intervals), five receivers,
  /// breakers as they are without settings; one in fifty MCPs is down at a time, for hours.
  package static var day: Self {
    var scenario = Self()
    scenario.mcps = 200
    scenario.rules = 50
    scenario.receivers = 5
    scenario.probeInterval = .seconds(60)
    scenario.evaluationInterval = .seconds(60)
    scenario.breaker = Breaker.Settings()
    scenario.longestMood = .seconds(4 * 3600)
    scenario.faults.failing = 2
    return scenario
  }

  func settings(_ random: inout SeededRandom) throws -> Settings {
    var settings = Settings()
    settings.global.evaluationInterval = evaluationInterval
    for number in 0..<mcps {
      let name = "mcp-\(number)"
      var mcp = MCPSettings(name: name, target: ProbeTarget(url: "http://\(name).test/mcp"))
      mcp.interval = probeInterval
      mcp.timeout = min(probeTimeout, probeInterval)
      mcp.breaker = breaker
      mcp.breaker.failureThreshold = Int.random(in: 2...5, using: &random)
      mcp.breaker.halfOpenMaxCalls = Int.random(in: 1...3, using: &random)
      mcp.breaker.successThreshold = Int.random(in: 1...2, using: &random)
      mcp.breaker.enabled = Int.random(in: 0..<10, using: &random) > 0
      settings.mcps.append(mcp)
    }
    settings.rules = try SimulatedRules.groups(rules, every: evaluationInterval)
    settings.notifications = notifications(&random)
    settings.postgres = Bool.random(using: &random) ? PostgresSettings() : nil
    return settings
  }

  private func notifications(_ random: inout SeededRandom) -> NotificationSettings {
    var settings = NotificationSettings()
    var route = Route(receiver: "team")
    route.groupBy = Bool.random(using: &random) ? .labels(["alertname"]) : .allLabels
    route.groupWait = .seconds([0, 10].randomElement(using: &random) ?? 0)
    route.groupInterval = .seconds(60)
    // A message that may have come and was then refused for good is only repeated.
    if faults.refusing > 0 { route.repeatInterval = .seconds(300) }
    settings.route = route
    var receiver = Receiver(name: "team")
    receiver.integrations = (0..<receivers).map {
      Integration(.webhook(WebhookSettings(url: Secret("http://receiver-\($0).test/"))))
    }
    settings.receivers = [receiver]
    return settings
  }
}
