import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

/// The agent's step function among simulated MCP servers, a simulated journal and a virtual clock.
///
/// Every draw comes from one seed, so the same seed gives the same trace. A regime is drawn for the
/// whole run (swarm), so that rare combinations get runs of their own.
struct SimulatedWorld {
  /// What can go wrong, drawn once a seed.
  struct Regime {
    var failurePercent: Int
    var slowPercent: Int
    var lostPercent: Int
    var journalFailurePercent: Int
    var crashEvery: Duration?
    var reloadEvery: Duration?
    var actEvery: Duration?
  }

  enum Happening {
    /// Counts only when no later wake was asked for.
    case wake(generation: Int)
    case report(ProbeReport)
    case journal(through: UInt64)
    case crash
    case reload
    case act
  }

  struct Server {
    var isBroken = false
    var changesAt = MonotonicInstant.at(0)
  }

  let seed: UInt64
  var random: SeededRandom
  var regime: Regime
  var settings: Settings
  var state: AgentState
  var now = Now.at(0)
  var queue = EventQueue<Happening>()
  var servers: [String: Server] = [:]
  /// Names of the MCPs by id, as the orders of this life of the agent use them.
  var names: [MCPID: String] = [:]
  var orders: [String: Int] = [:]
  var journal = SimulatedJournal()
  var published = SimulatedPublication()
  var feed: SimulatedFeed
  var said = SimulatedOperator()
  var trace = StableHash()
  var steps = 0
  var wakeGeneration = 0

  init(seed: UInt64, mcps: Int) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    regime = Regime(
      failurePercent: [0, 5, 50, 95, 100].randomElement(using: &random) ?? 5,
      slowPercent: [0, 5, 50].randomElement(using: &random) ?? 0,
      lostPercent: [0, 0, 1, 10].randomElement(using: &random) ?? 0,
      journalFailurePercent: [0, 0, 5, 50].randomElement(using: &random) ?? 0,
      crashEvery: [nil, .seconds(600), .seconds(60)].randomElement(using: &random) ?? nil,
      reloadEvery: [nil, .seconds(300)].randomElement(using: &random) ?? nil,
      actEvery: [nil, .seconds(20)].randomElement(using: &random) ?? nil)
    settings = Self.settings(mcps: mcps, &random)
    feed = SimulatedFeed(log: [nil, .all, .changes][Int(seed % 3)])
    settings.postgres = feed.log.map { PostgresSettings(log: $0) }
    state = AgentState(restoring: journal.contents, limits: AgentLimits())
    said.configure(settings)
    perform(state.step(.reconfigured(settings), at: now))
    if let every = regime.crashEvery { schedule(.crash, after: every) }
    if let every = regime.reloadEvery { schedule(.reload, after: every) }
    if let every = regime.actEvery { schedule(.act, after: every) }
  }

  /// Runs for this long.
  mutating func run(for duration: Duration) {
    let end = now.monotonic.advanced(by: duration)
    while let next = queue.first, next <= end {
      let (at, happening) = queue.removeFirst()
      advance(to: at)
      if let happening { happen(happening) }
    }
    advance(to: end)
  }

  /// The faults stop: from now on every server answers at once and the journal takes everything.
  mutating func heal() {
    regime = Regime(
      failurePercent: 0, slowPercent: 0, lostPercent: 0, journalFailurePercent: 0,
      crashEvery: nil, reloadEvery: nil, actEvery: nil)
    for name in servers.keys { servers[name] = Server(isBroken: false, changesAt: .at(1e12)) }
  }

  private mutating func advance(to instant: MonotonicInstant) {
    let elapsed = now.monotonic.duration(to: instant)
    now = Now(monotonic: instant, wall: now.wall.advanced(by: elapsed))
  }

  mutating func schedule(_ happening: Happening, after delay: Duration) {
    queue.insert(happening, at: now.monotonic.advanced(by: delay))
  }
}

// MARK: - What happens

extension SimulatedWorld {
  private mutating func happen(_ happening: Happening) {
    switch happening {
    case .wake(let generation):
      if generation == wakeGeneration { step(.wokeUp) }
    case .report(let report):
      step(.probed(report))
    case .journal(let sequence):
      commit(through: sequence)
    case .crash:
      crash()
      if let every = regime.crashEvery { schedule(.crash, after: every) }
    case .reload:
      reload()
      if let every = regime.reloadEvery { schedule(.reload, after: every) }
    case .act:
      act()
      if let every = regime.actEvery { schedule(.act, after: every) }
    }
  }

  mutating func step(_ event: AgentEvent) {
    steps += 1
    published.beginStep()
    let stale = state.figures.staleReports
    let effects = state.step(event, at: now)
    feed.note(event, isStale: state.figures.staleReports != stale, effects, names)
    perform(effects)
    lint()
  }

  /// kill -9: memory, probes and commits under way are gone; the next agent has the journal only.
  private mutating func crash() {
    queue.removeAll {
      switch $0 {
      case .crash, .reload, .act: false
      case .wake, .report, .journal: true
      }
    }
    journal.loseWhatIsUnderWay()
    said.loseWhatIsUnderWay()
    state = AgentState(restoring: journal.contents, limits: AgentLimits())
    published = SimulatedPublication()
    feed.beginLife()
    names = [:]
    let effects = state.step(.reconfigured(settings), at: now)
    perform(effects)
    checkRestored()
  }

  private mutating func reload() {
    var changed = settings
    let index = Int.random(in: 0..<max(1, changed.mcps.count), using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: changed.mcps.remove(at: index)
    case 1: changed.mcps[index].target.url += "x"
    case 2: changed.mcps[index].enabled.toggle()
    case 3: changed.mcps[index].breaker.enabled.toggle()
    case 4: changed.mcps[index].breaker.failureThreshold += 1
    case 5:
      changed.mcps[index].breaker.maxFailureCycles = [0, 1, 3].randomElement(using: &random) ?? 0
    default:
      let name = "new-\(random.next() % 1000)"
      if !changed.mcps.contains(where: { $0.name == name }) {
        changed.mcps.append(
          MCPSettings(name: name, target: ProbeTarget(url: "http://\(name).test/mcp")))
      }
    }
    settings = changed
    said.configure(changed)
    step(.reconfigured(changed))
  }

  private mutating func commit(through sequence: UInt64) {
    if Int.random(in: 0..<100, using: &random) < regime.journalFailurePercent {
      journal.refuse(through: sequence)
      step(.commitFailed(through: sequence, .io))
    } else {
      for batch in journal.commit(through: sequence) { check(feed.commit(batch)) }
      step(.committed(through: sequence))
    }
  }
}

// MARK: - Effects

extension SimulatedWorld {
  private mutating func perform(_ effects: [AgentEffect]) {
    for effect in effects {
      note(effect)
      switch effect {
      case .probe(let order):
        checkMayProbe(order)
        answer(order)
      case .forget(let mcp):
        queue.removeAll {
          if case .report(let report) = $0 { report.mcp == mcp } else { false }
        }
      case .persist(let batch):
        check(feed.give(batch))
        journal.take(batch)
        schedule(
          .journal(through: batch.sequence),
          after: .milliseconds(Int64.random(in: 1...40, using: &random)))
      case .publish(let id, let status):
        published.publish(id, status)
      case .stopClock(let id, let end):
        published.stopClock(id, end)
      case .answer(let ticket, let outcome):
        said.take(ticket, outcome)
      case .arrange(let arranged):
        published.arrange(arranged)
        names = Dictionary(
          uniqueKeysWithValues: arranged.map { ($0.id, $0.initial.description.name) })
      case .wake(let instant):
        wakeGeneration += 1
        queue.insert(.wake(generation: wakeGeneration), at: max(instant, now.monotonic))
      }
    }
  }

  /// A server answers an order: well, badly, slowly, or its report is lost.
  private mutating func answer(_ order: ProbeOrder) {
    let name = names[order.mcp] ?? ""
    orders[name, default: 0] += 1
    var result = ProbeResult(outcome: outcome(of: name))
    result.memory = order.memory
    result.transport = .streamableHTTP
    if order.purpose == .catalogue && result.outcome == .ok {
      result.catalogue = CatalogueCounts(tools: 3, prompts: nil, resources: 1)
    }
    if Int.random(in: 0..<100, using: &random) < regime.lostPercent { return }
    let isSlow = Int.random(in: 0..<100, using: &random) < regime.slowPercent
    let left = now.monotonic.duration(to: order.deadline)
    let delay = isSlow ? left : .milliseconds(Int64.random(in: 1...200, using: &random))
    if isSlow { result.outcome = .timeout }
    result.duration = min(delay, left)
    schedule(
      .report(ProbeReport(mcp: order.mcp, permit: order.permit, result: result)),
      after: result.duration)
  }

  private mutating func outcome(of name: String) -> ProbeOutcome {
    var server = servers[name] ?? Server()
    if server.changesAt <= now.monotonic {
      server.isBroken = Int.random(in: 0..<100, using: &random) < regime.failurePercent
      let seconds = Double.random(in: 10...600, using: &random)
      server.changesAt = now.monotonic.advanced(by: .seconds(seconds))
    }
    servers[name] = server
    guard server.isBroken else { return .ok }
    let bad: [ProbeOutcome] = [
      .connectRefused, .connectRefused, .http5xx, .authRequired, .rateLimited, .internalError,
    ]
    return bad.randomElement(using: &random) ?? .connectRefused
  }

  /// Goes into the trace: numbers only, since describing every value would be most of the work.
  private mutating func note(_ effect: AgentEffect) {
    func combine(_ numbers: UInt64...) {
      for number in numbers { trace.combine(number) }
    }
    let at = UInt64(clamping: now.monotonic.nanoseconds)
    switch effect {
    case .probe(let order):
      combine(1, at, UInt64(order.mcp.number), order.permit.generation)
    case .persist(let batch):
      combine(2, at, batch.sequence, UInt64(batch.records.count))
      for event in batch.events {
        combine(event.sequence)
        trace.combine(event.type.rawValue)
      }
    case .publish(let id, let status):
      combine(3, at, UInt64(id.number), status.counters.opens, status.counters.probesOK)
    case .forget(let id):
      combine(4, at, UInt64(id.number))
    case .answer(let ticket, _):
      combine(5, at, ticket)
    case .stopClock, .arrange, .wake:
      break
    }
  }
}

extension SimulatedWorld {
  static func settings(mcps: Int, _ random: inout SeededRandom) -> Settings {
    var settings = Settings()
    for number in 0..<mcps {
      let name = "mcp-\(number)"
      var mcp = MCPSettings(name: name, target: ProbeTarget(url: "http://\(name).test/mcp"))
      mcp.interval = .seconds([5, 15, 30].randomElement(using: &random) ?? 15)
      mcp.timeout = .seconds([1, 5].randomElement(using: &random) ?? 1)
      mcp.breaker.backoff.max = .seconds(180)
      mcp.breaker.failureThreshold = Int.random(in: 1...5, using: &random)
      mcp.breaker.halfOpenMaxCalls = Int.random(in: 1...3, using: &random)
      mcp.breaker.successThreshold = Int.random(in: 1...3, using: &random)
      mcp.breaker.enabled = Int.random(in: 0..<10, using: &random) > 0
      settings.mcps.append(mcp)
    }
    return settings
  }
}
