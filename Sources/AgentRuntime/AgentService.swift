package import Agent
import Alerting
import CLinux
import CurlTransport
import Journal
package import MCPWire
package import Logging
import Notifications
import PostgresLink
import SampleStore
import ServiceLifecycle
import Signals
import Synchronization
import Threading

/// What a start of the agent is given.
package struct AgentOptions: Sendable {
  package var version: String
  package var revision: String
  /// Wins over `storage.path`.
  package var storagePath: String?
  /// Where people reach this agent, without a slash at its end; in messages and links.
  package var externalURL: String
  /// Called several times a second while all parts of the agent get on; must not block.
  package var keepAlive: @Sendable () -> Void = {}
  /// Reads and checks the configuration; on problems, a line for each.
  package var loadSettings: @Sendable () -> Result<SettingsLoaded, SettingsRefused>

  package init(
    version: String, revision: String, storagePath: String?, externalURL: String,
    loadSettings: @escaping @Sendable () -> Result<SettingsLoaded, SettingsRefused>
  ) {
    self.version = version
    self.revision = revision
    self.storagePath = storagePath
    self.externalURL = externalURL
    self.loadSettings = loadSettings
  }
}

/// A configuration that may be used, and a line for each thing in it that is probably not meant.
package struct SettingsLoaded: Equatable, Sendable {
  package var settings: Settings
  package var warnings: [String]

  package init(_ settings: Settings, warnings: [String] = []) {
    self.settings = settings
    self.warnings = warnings
  }
}

/// A configuration that was not taken over: a line for each of its problems.
package struct SettingsRefused: Error, Equatable, Sendable {
  package var problems: [String]

  package init(problems: [String]) { self.problems = problems }
}

/// Why the agent cannot start at all; exit status 1.
package struct FatalStart: Error, CustomStringConvertible, Sendable {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// The agent: journal, prober, coordinator, rule engine and notifier, wired together.
package final class AgentService: Service, AgentInterface {
  private let options: AgentOptions
  let logger: Logger
  private let log: LogOutput?
  let journal: EventJournal
  let writer: JournalWriter
  private let prober: Prober
  private let gate = AddressGate()
  private let passing = PassingProbes()
  let door: CoordinatorDoor
  let drills = FaultSwitch()
  let actions = ActionDesk()
  /// Events of operators that no coordinator or journal has taken yet.
  let owedEvents = Atomic(0)
  let supervisor: Supervisor
  let mailbox: RuleMailbox
  private let deliverer: Deliverer
  let engine: RuleEngine
  let published = PublishedState()
  private let reloads: Shared<Reloads>
  /// Held from reading what runs to handing it over: the last that was read is what runs.
  let running: Shared<RunningConfiguration>
  let desk: PostgresDesk
  let linkLog: LinkLog
  let onQuit = Mutex<(@Sendable () -> Void)?>(nil)
  private let startedAt = SystemClock.wall
  private let maxDescriptors: Int64
  /// Connections that the web server may have, for want of descriptors.
  package let webConnections: Int

  private struct Reloads: Sendable {
    var successful = true
    var at: Timestamp
    /// With what the database says.
    var settings: Settings
    var database: DatabaseSettings
    /// How many configurations have been handed over.
    var count: UInt64 = 1
  }

  /// Opens the journal, restores what it holds and begins to probe.
  ///
  /// `log`: where `logger` writes, if the agent is to say what its lines look like.
  /// - Throws: `FatalStart` with one clear line.
  package init(
    settings: Settings, options: AgentOptions, logger: Logger, log: LogOutput? = nil
  ) throws(FatalStart) {
    self.options = options
    self.logger = logger
    self.log = log
    clinux_ignore_sigpipe()
    maxDescriptors = clinux_raise_descriptor_limit()
    _ = try Self.budget(maxDescriptors, settings)  // before the journal says it in SQLite's words
    let path = options.storagePath ?? settings.storage.path
    let restored = try RestoredJournal(path: path, logger)
    journal = restored.journal
    let contents = restored.contents
    let budget = try Self.budget(maxDescriptors, settings)
    webConnections = budget.web

    let door = CoordinatorDoor()
    self.door = door
    guard let mailbox = RuleMailbox() else {
      throw FatalStart("no file descriptor left for the rule engine")
    }
    self.mailbox = mailbox
    let desk = PostgresDesk()
    self.desk = desk
    linkLog = LinkLog(logger: logger)
    let (work, published, passing) = (WorkLog(logger: logger), self.published, self.passing)
    let writer = JournalWriter(
      journal: journal, queueLimit: Self.journalQueueLimit,
      deliver: { door.post(work.answered($0)) },
      answer: { mailbox.answer($0) }, onFeed: { desk.feedHasGrown() })
    guard let writer else { throw FatalStart("no thread left for the journal") }
    self.writer = writer
    (gate.policy, passing.isOn) = (settings.addressPolicy, settings.servesProbe)
    (prober, deliverer) = try Self.transports(
      options.version, budget, gate, ProgressMark(journal.progress, .prober),
      probed: {
        door.post(work.probed(passing.take($0), named: published.name).map { .probed($0) })
      },
      delivered: { mailbox.report(work.delivered($0)) })
    let running = RunningConfiguration(file: settings, rows: journal.databaseRows())
    log?.threads.follow(running.settings.logging)
    let configuration = RuleConfiguration(running.settings, externalURL: options.externalURL)
    engine = RuleEngine(
      try Self.restoreSamples(journal, configuration, logger), restored.alerting,
      agentID: contents.agentID, quarantined: contents.quarantined,
      configuration: configuration,
      parts: RuleEngine.Parts(
        mailbox: mailbox, journal: writer, deliverer: deliverer, logger: logger,
        marking: ProgressMark(journal.progress, .ruleEngine)))
    reloads = Shared(
      Reloads(
        at: SystemClock.wall, settings: running.settings, database: running.database))
    self.running = Shared(running)
    supervisor = try Self.supervise(
      contents,
      Coordinator.Parts(
        prober: prober, journal: writer, published: published, movements: mailbox,
        log: EventLog(logger: logger), fence: Fence(), progress: journal.progress,
        drills: drills, actions: actions),
      door, concurrency: budget.probes, options, logger,
      others: { [writer, prober, deliverer, engine, desk] in
        [
          ("journal", writer.pulse), ("prober", prober.pulse), ("notifier", deliverer.pulse),
          ("rule-engine", engine.pulse),
        ] + (desk.pulse.map { [("postgres-link", $0)] } ?? [])
      },
      withSettings: { [running = self.running, reloads = self.reloads] body in
        running.withLock { body($0.settings, reloads.withLock { $0.count }) }
      })
  }

  private static func transports(
    _ version: String, _ budget: DescriptorBudget, _ gate: AddressGate, _ marking: ProgressMark,
    probed: @escaping @Sendable ([ProbeReport]) -> Void,
    delivered: @escaping @Sendable ([DeliveryReport]) -> Void
  ) throws(FatalStart) -> (Prober, Deliverer) {
    var probes = ProberSettings(clientVersion: version, budget)
    var deliveries = DelivererSettings(clientVersion: version, budget)
    (probes.gate, deliveries.gate, probes.marking) = (gate, gate, marking)
    do throws(ProberError) {
      return (
        try Prober(settings: probes, deliver: probed),
        try Deliverer(settings: deliveries, deliver: delivered)
      )
    } catch {
      throw FatalStart("the prober or the notifier cannot start: \(error)")
    }
  }

  private static func supervise(
    _ contents: JournalContents, _ parts: Coordinator.Parts, _ door: CoordinatorDoor,
    concurrency: Int, _ options: AgentOptions, _ logger: Logger,
    others: @escaping @Sendable () -> [(name: String, pulse: Pulse)],
    withSettings: @escaping @Sendable ((Settings, UInt64) -> Void) -> Void
  ) throws(FatalStart) -> Supervisor {
    var limits = AgentLimits()
    limits.concurrency = concurrency
    let supervisor = Supervisor(
      contents,
      Supervisor.Parts(
        coordinator: parts, door: door, limits: limits, logger: logger, others: others,
        withSettings: withSettings, keepAlive: options.keepAlive))
    guard let supervisor, supervisor.start(contents) else {
      throw FatalStart("no thread or file descriptor left for the coordinator and its supervisor")
    }
    return supervisor
  }

  private static let journalQueueLimit = 4096

  private static func budget(
    _ limit: Int64, _ settings: Settings
  ) throws(FatalStart) -> DescriptorBudget {
    let usesPostgres = settings.postgres != nil
    let counted = ProcessFigures.countDescriptors()
    let open = counted > 0 ? counted : Int(clamping: limit)  // none was left to count them with
    let budget = DescriptorBudget(limit: limit, open: open, usesPostgres: usesPostgres)
    guard let budget else {
      let needed = DescriptorBudget.needed(open: open, usesPostgres: usesPostgres)
      throw FatalStart(
        "\(limit) file descriptors are too few, at least \(needed) are needed: see ulimit -n")
    }
    return budget
  }

  private static func restoreSamples(
    _ journal: EventJournal, _ settings: RuleConfiguration, _ logger: Logger
  ) throws(FatalStart) -> Head {
    var limits = Head.Limits()
    limits.retention = settings.retention.wholeMilliseconds
    do throws(JournalError) {
      let (head, report) = try journal.restoreSamples(limits: limits, now: SystemClock.wall)
      if report.unreadable > 0 {
        logger.warning(
          "Some of the stored samples cannot be read and are left out",
          metadata: ["records": "\(report.unreadable)", "samples": "\(report.samples)"])
      }
      return head
    } catch {
      throw FatalStart(error.description)
    }
  }

  /// What `POST /-/quit` does.
  package func setQuit(_ action: @escaping @Sendable () -> Void) {
    onQuit.withLock { $0 = action }
  }
}

// MARK: - Service

extension AgentService {
  /// Runs until a graceful shutdown begins, then drains: sessions ended, journal written.
  package func run() async throws {
    // A look before the MCPs are there would end all their series.
    await wait(atMost: .seconds(10)) { published.arrangements > 0 }
    guard engine.start({ [self] in snapshot() }) else {
      throw FatalStart("no thread left for the rule engine")
    }
    guard running.withLock({ configureLink($0) }) else {
      throw FatalStart("no thread left for the link to Postgres")
    }
    if let gaveUp = await end() {
      supervisor.stop()
      throw gaveUp
    }
    // A task of its own: a cancelled one could not wait for anything.
    await Task { await self.drain() }.value
  }

  /// Waits for a shutdown, or for what makes one needed.
  private func end() async -> SupervisionGaveUp? {
    let (gaveUp, continuation) = AsyncStream.makeStream(of: SupervisionGaveUp.self)
    supervisor.onGiveUp { continuation.yield($0) }
    return await withTaskGroup(of: SupervisionGaveUp?.self) { group in
      group.addTask {
        await self.pruneFromTimeToTime()
        return nil
      }
      group.addTask {
        try? await gracefulShutdown()
        return nil
      }
      group.addTask { await gaveUp.first { _ in true } }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// Old events go in small steps, so that the journal's thread is never held up.
  private func pruneFromTimeToTime() async {
    while !Task.isCancelled {
      let settings = reloads.withLock { $0.settings }
      let before = SystemClock.wall.advanced(by: .zero - settings.storage.eventRetention)
      writer.prune(
        eventsBefore: before, recordsBefore: before, keeping: Set(settings.mcps.map(\.name)))
      try? await Task.sleep(for: .seconds(600))
    }
  }

  private func drain() async {
    supervisor.stop()
    door.post([.draining])
    mailbox.drain()
    await wait(atMost: .seconds(2)) { published.isDraining }
    await wait(atMost: .milliseconds(1500)) { prober.inFlight == 0 }
    prober.stop()
    passing.stop()
    if !supervisor.endCoordinator(within: .seconds(2)) {
      logger.error("The coordinator did not end in time")
    }
    await wait(atMost: .seconds(2)) { deliverer.inFlight == 0 }
    engine.stop()
    deliverer.stop()
    writer.stop()
    desk.stop()
    journal.markStopped()
    journal.close()
  }
}

// MARK: - AgentInterface

extension AgentService {
  package func snapshot() -> AgentSnapshot {
    let view = published.view
    var health = AgentHealth()
    health.version = options.version
    health.logLinesDropped = log?.dropped ?? 0
    health.revision = options.revision
    health.postgres = desk.figures
    reloads.withLock {
      health.configReloadSuccessful = $0.successful
      health.configReloadedAt = $0.at
      health.postgres?.note($0.database)
    }
    health.coordinatorHeartbeat = view.heartbeat
    health.coordinatorUp = view.isUp
    let supervision = supervisor.figures
    health.coordinatorGeneration = supervision.generation
    health.restarts = supervision.restarts
    health.coordinatorsAbandoned = supervision.abandoned
    health.turnsFenced = supervisor.turnsFenced
    health.quarantined = view.figures.quarantined
    health.stepDurations = view.stepDurations
    health.probesInFlight = view.figures.inFlight
    health.scheduleLag = view.figures.lag
    health.skipped = view.figures.skipped
    health.staleReports = view.figures.staleReports
    health.eventsDropped = view.figures.eventsDropped
    health.recordsDropped = view.figures.recordsDropped
    health.cataloguesCut = view.figures.cataloguesCut
    health.inboxDropped = door.dropped
    health.journalRowsDropped = journal.rowsDropped
    health.postgres?.note(journalDropped: view.figures.feedRowsDropped)
    health.journal = writer.figures
    (health.journalsReplaced, health.journalBytes) = writer.file
    let look = engine.look
    health.head = look.head
    (health.rules, health.ruleTimes) = (look.rules, look.ruleTimes)
    health.notifications = look.notifications
    let pruned = Int(clamping: journal.deadLettersPruned)
    health.notifications.deadLetters = max(0, look.notifications.deadLetters - pruned)
    health.process = .current(startedAt: startedAt, maxDescriptors: maxDescriptors)
    return AgentSnapshot(mcps: view.statuses, agent: health, at: view.at)
  }

  var notificationSettings: NotificationSettings {
    reloads.withLock { $0.settings.notifications }
  }

  var evaluationInterval: Duration { reloads.withLock { $0.settings.global.evaluationInterval } }

  package func events(of mcp: String, limit: Int, before: UInt64?) async throws -> [StoredEvent] {
    try await journal.events(of: mcp, limit: limit, before: before)
  }

  package func notReadyReason() -> String? {
    published.arrangements == 0 ? "the configuration has not taken effect yet" : nil
  }

  /// Takes a changed configuration over as a whole, or not at all.
  func reload() async -> [String] {
    switch readAndHandOver() {
    case .failure(let refused):
      logger.error(
        "The configuration has problems; the running one stays",
        metadata: ["problems": "\(refused.problems.joined(separator: "; "))"])
      return refused.problems
    case .success(let (mcps, count, moved)):
      // The coordinator takes it over within milliseconds; one that has failed is replaced first.
      await wait(atMost: .seconds(10)) { published.arrangements >= count }
      if published.arrangements < count {
        logger.warning("The coordinator has not taken the configuration over yet")
      }
      reloads.withLock {
        $0.successful = true
        $0.at = SystemClock.wall
      }
      if moved && options.storagePath == nil {
        logger.warning("storage.path has changed: it takes effect at the next start")
      }
      logger.info("Configuration reloaded", metadata: ["mcps": "\(mcps)"])
      return []
    }
  }

  private func readAndHandOver() -> Result<
    (mcps: Int, count: UInt64, storageMoved: Bool), SettingsRefused
  > {
    running.withLock { running in
      options.loadSettings().map { loaded in
        for warning in loaded.warnings {
          logger.warning("Doubtful in the configuration", metadata: ["warning": "\(warning)"])
        }
        let moved = running.file.storage.path != loaded.settings.storage.path
        let change = running.take(file: loaded.settings)
        return (running.settings.mcps.count, handOver(running, change), moved)
      }.mapError { refused in
        reloads.withLock { $0.successful = false }
        return refused
      }
    }
  }

  /// Gives everybody what runs from now on; returns how many configurations that makes.
  @discardableResult
  func handOver(_ running: RunningConfiguration, _ change: RunningConfiguration.Change) -> UInt64 {
    let count = reloads.withLock { reloads in
      reloads.count += 1
      reloads.settings = running.settings
      reloads.database = running.database
      return reloads.count
    }
    log?.threads.follow(running.settings.logging)
    gate.policy = running.settings.addressPolicy
    passing.isOn = running.settings.servesProbe
    for doubt in change.doubts {
      logger.warning("Doubtful in the database", metadata: ["warning": "\(doubt)"])
    }
    // First, so that a new MCP has its row in Postgres before there is health of it.
    if !configureLink(running) { logger.error("No thread left for the link to Postgres") }
    if !change.news.isEmpty { door.post([.noted(change.news.map(AgentNote.init))]) }
    door.post([.reconfigured(running.settings)])
    mailbox.configure(RuleConfiguration(running.settings, externalURL: options.externalURL))
    return count
  }

  package var servesProbe: Bool { passing.isOn }

  package var allowedHosts: [String] { reloads.withLock { $0.settings.allowedHosts } }

  package func probe(
    url: String, transport: TransportSetting, timeout: Duration
  ) async -> PassingProbe {
    await passing.probe(url: url, transport: transport, timeout: timeout, by: prober)
  }

  package func endProbes() { passing.stop() }

  /// Looks every few milliseconds whether what another thread is to bring about has come. Rests in
  /// a task of its own: in a cancelled one it would look without a pause.
  private func wait(atMost limit: Duration, until hasCome: () -> Bool) async {
    let deadline = SystemClock.monotonic.advanced(by: limit)
    while !hasCome() && SystemClock.monotonic < deadline {
      await Task { try? await Task.sleep(for: .milliseconds(2)) }.value
    }
  }
}
