import Agent
import Alerting
import Breaking
import MCPWire
import Notifications
import Signals
import Synchronization

/// An agent that says what it is told to.
final class FakeAgent: AgentInterface {
  struct Script {
    var mcps: [MCPStatus] = []
    var events: [StoredEvent]? = []
    var notReady: String?
    var reloadProblems: [String] = []
    var quits = 0
    var drills: [CoordinatorDrill] = []
    var reloads = 0
    var actions: [String] = []
    var outcome = ActionOutcome.done
    var callers: [Caller] = []
    var eventQueries: [String] = []
    var rules: [RuleGroupStatus] = []
    /// What comes of a probe; `nil`: none is made.
    var probe: PassingProbe?
    var probes: [String] = []
    var now = FakeAgent.now
    var view = NotificationView()
    var alertmanagerText = ""
    /// As an agent whose rule engine and journal stand still.
    var answersNothing = false
    var drafts: [Silence] = []
    var expired: [String] = []
    var silenceProblem: SilenceProblem?
    var page = MessagePage()
    var messageQueries: [String] = []
    var redelivered: [UInt64] = []
    var allowedHosts: [String] = []
    var redeliveryProblem: RedeliveryProblem?
  }

  struct JournalGone: Error {}

  static let now = Timestamp(milliseconds: 1_785_240_000_123)

  let script: Mutex<Script>

  init(mcps: [MCPStatus] = []) {
    var script = Script()
    script.mcps = mcps.sorted { $0.description.name < $1.description.name }
    self.script = Mutex(script)
  }

  func snapshot() -> AgentSnapshot {
    var health = AgentHealth()
    health.version = "1.2.3"
    return script.withLock { script in
      health.rules = script.rules
      return AgentSnapshot(mcps: script.mcps, agent: health, at: script.now)
    }
  }

  func events(of mcp: String, limit: Int, before: UInt64?) async throws -> [StoredEvent] {
    let events = script.withLock { script in
      script.eventQueries.append("\(mcp) \(limit) \(before.map(String.init) ?? "-")")
      return script.events
    }
    guard let events else { throw JournalGone() }
    return events
  }

  func notReadyReason() -> String? { script.withLock { $0.notReady } }

  func act(
    _ kind: MCPAction.Kind, on mcp: String, by caller: Caller
  ) async throws(NoAnswer) -> ActionOutcome {
    let outcome: ActionOutcome? = script.withLock { script in
      script.callers.append(caller)
      script.actions.append("\(kind.rawValue) \(mcp)")
      return script.answersNothing ? nil : script.outcome
    }
    guard let outcome else { throw NoAnswer() }
    return outcome
  }

  func reload(by caller: Caller) async -> [String] {
    script.withLock { script in
      script.callers.append(caller)
      script.reloads += 1
      return script.reloadProblems
    }
  }

  func quit(by caller: Caller) async {
    script.withLock { script in
      script.callers.append(caller)
      script.quits += 1
    }
  }

  func drill(_ drill: CoordinatorDrill, by caller: Caller) async -> Bool {
    script.withLock { script in
      script.callers.append(caller)
      script.drills.append(drill)
      return script.drills.count <= 8
    }
  }

  var allowedHosts: [String] { script.withLock { $0.allowedHosts } }

  var servesProbe: Bool { script.withLock { $0.probe != nil } }

  func probe(url: String, transport: TransportSetting, timeout: Duration) async -> PassingProbe {
    script.withLock { script in
      script.probes.append("\(url) \(transport) \(timeout.wholeMilliseconds)")
      return script.probe ?? .busy
    }
  }
}

extension MCPStatus {
  /// A server of the name, as configured and never probed, and then as `change` makes it.
  static func named(
    _ name: String, url: String? = nil, about: String = "", labels: [Label] = [],
    isEnabled: Bool = true, _ change: (inout MCPStatus) -> Void = { _ in }
  ) -> MCPStatus {
    var settings = MCPSettings(
      name: name, target: ProbeTarget(url: url ?? "https://\(name).example/mcp"))
    settings.description = about
    settings.labels = labels
    var status = MCPStatus(description: MCPDescription(settings), isEnabled: isEnabled)
    change(&status)
    return status
  }

  mutating func probed(
    _ outcome: ProbeOutcome, detail: String = "", ago: Duration = .seconds(7),
    took: Duration = .milliseconds(42)
  ) {
    verdict = outcome.verdict == .hold ? verdict : outcome.verdict
    var times = StageTimes()
    times.connect = .microseconds(1500)
    times.wait = took - .microseconds(1500)
    lastProbe = LastProbe(
      at: FakeAgent.now.advanced(by: .zero - ago), outcome: outcome, stage: nil, detail: detail,
      duration: took, times: times)
    if outcome == .ok { lastSuccess = FakeAgent.now.advanced(by: .zero - ago) }
  }

  /// One of each kind that a page can show.
  static let gallery: [MCPStatus] = [
    .named(
      "weather", about: "forecasts for the coast", labels: [Label(name: "Team_A", value: "data")]
    ) {
      $0.probed(.ok)
      $0.catalogue = CatalogueCounts(tools: 12, prompts: 3, resources: nil, resourceTemplates: 1)
      var method = StageTimes()
      method.wait = .microseconds(2500)
      $0.lastProbe?.methods.add(method, of: .ping, isReused: true)
      $0.certificateExpiry = FakeAgent.now.advanced(by: .seconds(86_400))
      let check = CheckResult(
        name: "forecast", isSuccess: false, duration: .milliseconds(40), detail: "no <b>/temp</b>")
      $0.checks = [CheckStatus(check, at: FakeAgent.now)]
      $0.transport = .streamableHTTP
      $0.protocolVersion = "2025-11-25"
      $0.server = ServerIdentity(name: "Weather", version: "2.1.0")
    },
    .named("search") { $0.probed(.ok, took: .milliseconds(1340)) },
    .named("tickets", about: "issue tracker") {
      $0.probed(.connectRefused, detail: "connection refused by 192.0.2.7:443")
      $0.consecutiveFailures = 2
      $0.downtime.since = FakeAgent.now.advanced(by: .seconds(-61))
      $0.downtime.total = .milliseconds(1500)
    },
    .named("billing", url: "https://billing.internal.example:8443/very/long/path/to/the/mcp?key=x")
    {
      $0.probed(.timeout, detail: "no answer within 10 s", took: .seconds(10))
      $0.circuit = .open
      $0.retryAt = FakeAgent.now.advanced(by: .seconds(25))
      $0.consecutiveFailures = 5
      $0.failureCycles = 1
      $0.counters.transitions[.init(from: .closed, to: .open)] = 2
      $0.counters.transitions[.init(from: .halfOpen, to: .open)] = 1
      $0.catalogue = CatalogueCounts(tools: 4, prompts: 0, resources: 9)
    },
    .named("archive") {
      $0.probed(.http5xx, detail: "HTTP 500", ago: .seconds(200))
      $0.circuit = .halfOpen
    },
    .named("vault") {
      $0.probed(.authRequired, detail: "HTTP 401: Bearer realm=\"vault\"")
      $0.authRequired = true
    },
    .named("legacy", isEnabled: false) { _ in },
    .named("flaky", isEnabled: false) {
      $0.autoDisabledReason = "10 failure cycles"
      $0.probed(.badGateway, detail: "HTTP 502", ago: .seconds(90_000))
    },
    .named("newcomer") { _ in },
  ]
}
