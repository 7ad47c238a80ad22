import Agent
import AgentRuntime
import Alerting
import Breaking
import MCPWire
import Notifications
import Signals
import TestSupport

/// Where in a loop a death comes. What is performed is published under the same fence: only the
/// whole process dies in between.
enum Loop { case coordinator, fenced, engine }

extension World {
  mutating func plan(_ disaster: Disaster) {
    let pause = Int64(disaster.pause(faults))
    if pause > 0 { schedule(.disaster(disaster), after: draw(pause * 500...pause * 1500)) }
  }

  mutating func strike(_ disaster: Disaster) {
    guard disaster.pause(faults) > 0 else { return }
    let step = points + Int.random(in: 1...6, using: &random)
    switch disaster {
    case .journalFull:
      note("journal full")
      journalIsFull = true
      schedule(.journalHeals, after: draw(5_000...120_000))
    case .journalReplaced: replaceJournal()
    case .coordinatorCrash: armed = Death(.coordinatorCrash, atStep: step)
    case .coordinatorStall: armed = Death(.coordinatorStall, atStep: step)
    case .processKill: armed = Death(.processKill, atStep: step)
    case .clockJump: jump()
    case .reload: reload()
    case .action: act()
    }
  }

  /// A place between two steps. False when the turn ends there: the coordinator or all is dead.
  mutating func passPoint(_ loop: Loop, stalling effects: [AgentEffect]? = nil) -> Bool {
    points += 1
    guard let armed, points >= armed.step else { return true }
    switch armed.kind {
    case .processKill: killProcess()
    case .coordinatorCrash:
      guard loop == .coordinator else { return true }
      crashCoordinator()
    case .coordinatorStall:
      guard loop == .coordinator, let effects else { return true }
      stall(effects)
    }
    self.armed = nil
    return false
  }

  // MARK: The coordinator

  private mutating func crashCoordinator() {
    note("coordinator crashed")
    closeInbox()
    schedule(.successor(.crash), after: draw(10...1_000))
  }

  private mutating func closeInbox() {
    coordinator = nil
    (inbox, reportsOfOthers) = ([], 0)
    said.loseWhatIsUnderWay()
    (inboxAt, wakeAt) = (nil, nil)
  }

  private static let stallBound = Duration.milliseconds(5_500)

  private mutating func stall(_ effects: [AgentEffect]) {
    note("coordinator stands still")
    isStalled = true
    let length = draw(1_000...20_000)
    schedule(.stallEnds(effects, fence: fence), after: length)
    if length >= Self.stallBound { schedule(.successor(.stall), after: Self.stallBound) }
  }

  /// What a replaced coordinator decided counts for nothing.
  mutating func endStall(_ effects: [AgentEffect], _ its: Int) {
    guard its == fence else {
      turnsFenced += 1
      return
    }
    note("coordinator goes on")
    isStalled = false
    perform(effects)
    show(effects)
    lintCoordinator()
  }

  /// The first coordinator of a process, or the next one.
  mutating func startSuccessor(_ reason: RestartReason?) {
    closeInbox()
    isStalled = false
    settleJournal()
    fence += 1
    var contents = journal.disk.contents
    if let reason { contents = countRestart(reason) }
    journal.showDisk()
    var predecessor: Predecessor?
    if published.arrangements > 0 {
      for mcp in published.ids { flights[mcp] = nil }
      predecessor = Predecessor(
        statuses: published.statuses, figures: published.figures, lastID: published.ids.max())
    }
    var limits = AgentLimits()
    if faults.isNarrow {
      (limits.concurrency, limits.batchesWaiting, limits.unsavedEvents) = (4, 8, 50)
    }
    coordinator = AgentState(restoring: contents, limits: limits, succeeding: predecessor)
    post(.reconfigured(settings))
    guard let reason else { return }
    note("successor", UInt64(restarts))
    let data = [Label(name: "number", value: "\(restarts)")]
    post(.noted([AgentNote(.coordinatorRestarted, detail: reason.rawValue, data: data)]))
  }

  private mutating func countRestart(_ reason: RestartReason) -> JournalContents {
    if restarts > 0, journal.disk.restartsTold[restarts] == nil { mayBeUntold.insert(restarts) }
    restarts += 1
    journal.disk.generation += 1
    if let index = RestartReason.allCases.firstIndex(of: reason) {
      journal.disk.restarts[index] += 1
    }
    combine(7, nanoseconds, UInt64(restarts))
    return journal.disk.contents
  }

  // MARK: The process

  /// Deliveries under way may still arrive; the journal keeps what it committed.
  private mutating func killProcess() {
    note("process killed")
    let order = deliveries.keys.sorted()
    for flight in order where percent(50) {
      if let delivery = deliveries[flight] { arrive(delivery) }
    }
    killJournal()
    excuseWhatIsLost()
    queue.removeAll {
      switch $0 {
      case .disaster, .journalHeals: false
      case .report, .delivery, .successor, .stallEnds: true
      }
    }
    closeInbox()
    (engine, mail, mailAt, engineDue) = (nil, RuleMail(), nil, nil)
    (flights, deliveries) = ([:], [:])
    (published, engineLook) = (Publication(), AgentHealth())
    isStalled = false
    looks.doubt(settings.mcps.map(\.name), until: doubtEnds)
    schedule(.successor(.process), after: draw(100...60_000))
  }

  private mutating func excuseWhatIsLost() {
    // The only copy of something may still have been in memory.
    if rewrite > 0 || replacedAt.map({ $0.duration(to: now.monotonic) < .seconds(600) }) ?? false {
      for beliefs in heard.naive.values { excused.formUnion(beliefs) }
      rewrite = 0
    }
    let saved = Set(journal.disk.messages.contents.messages.map(\.key))
    for (number, message) in known {
      heard.excuse(message.key)
      let told = message.told.firing.map(\.fingerprint)
      perhapsTold[message.lane.destination, default: []].formUnion(told)
      let isSaved = saved.contains(message.key) || journal.disk.messages.ended[number] != nil
      if !isSaved, (heard.arrivals[message.key]?.count ?? 0) > 0 {
        excused.formUnion(message.told.firing.map(\.fingerprint))
        excused.formUnion(message.told.resolved.map(\.fingerprint))
      }
    }
  }

  // MARK: What is around it

  private mutating func replaceJournal() {
    note("journal replaced")
    journal.replace()
    said.loseJournal()
    replacedAt = now.monotonic
    post(.journalReplaced)
    guard engine != nil else { return }
    rewrite = .max
    mail.answers.append(.replaced)
    wakeEngine()
  }

  private mutating func jump() {
    let truth = Now.at(now.monotonic.elapsed.inSeconds).wall
    switch Int.random(in: 0..<4, using: &random) {
    case 0: setClock(to: Timestamp(milliseconds: 1_000_000))
    case 1: setClock(to: truth)
    default:
      let seconds = Int.random(in: -3600...3600, using: &random)
      setClock(to: now.wall.advanced(by: .seconds(seconds)))
    }
  }

  mutating func setClock(to wall: Timestamp) {
    note("clock", UInt64(clamping: wall.milliseconds))
    now.wall = wall
    looks.doubt(settings.mcps.map(\.name), until: doubtEnds)
  }

  private mutating func reload() {
    let index = Int.random(in: 0..<max(1, settings.mcps.count), using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0 where settings.mcps.count > 1: settings.mcps.remove(at: index)
    case 1: settings.mcps[index].target.url += "x"
    case 2: settings.mcps[index].enabled.toggle()
    case 3: settings.mcps[index].breaker.failureThreshold += 1
    case 4:
      settings.mcps[index].breaker.maxFailureCycles = [0, 2].randomElement(using: &random) ?? 0
    case 5:
      let site = ["", "here", "there"].randomElement(using: &random) ?? ""
      settings.global.externalLabels = [Label(name: "site", value: site)]
    case 6:
      let label = percent(50) ? "alertname" : "mcp"
      settings.notifications.route?.groupBy = .labels([label])
    default:
      let name = "new-\(random.next() % 1000)"
      guard !settings.mcps.contains(where: { $0.name == name }) else { return }
      var mcp = settings.mcps[index]
      (mcp.name, mcp.target.url) = (name, "http://\(name).test/mcp")
      settings.mcps.append(mcp)
    }
    looks.doubt(settings.mcps.map(\.name), until: doubtEnds)
    post(.reconfigured(settings))
    guard engine != nil else { return }
    mail.configuration = RuleConfiguration(settings, externalURL: "http://agent.test")
    wakeEngine()
  }
}
