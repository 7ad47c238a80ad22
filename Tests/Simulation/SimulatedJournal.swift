import Agent
import Alerting
import Notifications
import SampleStore
import Signals
import TestSupport

/// What is on the disk: all that a start of the agent finds.
struct JournalDisk {
  var records: [String: MCPRecord] = [:]
  var catalogues: [String: CatalogueRecord] = [:]
  var alerts: [AlertID: AlertRecord] = [:]
  var messages = JournalModel()
  var samples = StoredSamples()
  /// Records of samples were lost.
  var hasSampleGaps = false
  var lastBatch: UInt64 = 0
  var lastEvent: UInt64 = 0
  /// Restarts told by events, by the number that they carry.
  var restartsTold: [Int: Int] = [:]
  /// Of the events in it.
  private var sequences: Set<UInt64> = []
  var generation: UInt64 = 1
  var restarts: [UInt64] = Array(repeating: 0, count: RestartReason.allCases.count)

  var contents: JournalContents {
    var contents = JournalContents(agentID: "0123456789abcdef")
    contents.lastBatch = lastBatch
    contents.lastEvent = lastEvent
    contents.generation = generation
    contents.restarts = restarts
    contents.records = records.values.sorted { $0.name < $1.name }
    contents.catalogues = catalogues.values.sorted { $0.mcp < $1.mcp }
    return contents
  }

  var alerting: AlertingContents {
    var contents = AlertingContents()
    contents.alerts = alerts.values.sorted {
      ($0.rule, $0.alert.labels) < ($1.rule, $1.alert.labels)
    }
    contents.notifications = messages.contents
    return contents
  }

  mutating func commit(_ batch: JournalBatch) {
    for record in batch.records { records[record.name] = record }
    for record in batch.catalogues { catalogues[record.mcp] = record }
    for event in batch.events where sequences.insert(event.sequence).inserted {
      lastEvent = max(lastEvent, event.sequence)
      guard event.type == .coordinatorRestarted else { continue }
      let number = event.data.first { $0.name == "number" }.flatMap { Int($0.value) }
      restartsTold[number ?? 0, default: 0] += 1
    }
    for row in batch.feed { lastEvent = max(lastEvent, row.log?.sequence ?? 0) }
    lastBatch = batch.sequence
  }

  mutating func commit(_ batch: AlertingBatch) {
    for record in batch.changed {
      var kept = record
      kept.alert.lastSentAt = nil
      alerts[record.id] = kept
    }
    for id in batch.gone { alerts[id] = nil }
    if let changes = batch.notifications { messages.apply(changes) }
  }
}

/// The journal's thread: takes batches of both kinds and samples, everything that waits in one
/// round, as `JournalWriter` does.
struct SimulatedJournal {
  /// What came of a round, in the order of its transactions.
  enum Answer {
    case alerting(AlertingAnswer)
    case agent(AgentEvent)
  }

  struct Work {
    var batches: [JournalBatch] = []
    var refusedThrough: UInt64?
    var refusedNames: Set<String> = []
    var alerting: [AlertingBatch] = []
    var alertingRefusedThrough: UInt64?
    var samples: [[SampleRecord]] = []

    var isEmpty: Bool {
      batches.isEmpty && refusedThrough == nil && alerting.isEmpty
        && alertingRefusedThrough == nil && samples.isEmpty
    }
  }

  var disk = JournalDisk()
  private(set) var waiting = Work()
  private(set) var inWork: Work?
  private(set) var samplesLost: UInt64 = 0
  private(set) var commits: UInt64 = 0
  private(set) var failures: [UInt64] = Array(
    repeating: 0, count: JournalFailure.allCases.count)
  let queueLimit: Int

  /// Names whose last record was refused: what is shown of them is ahead of the disk.
  private(set) var ahead: Set<String> = []
  /// Of alerts, too.
  private(set) var isBehindAlerts = false
  /// Keys of messages that were committed or refused, which may be sent.
  private(set) var answered: Set<String> = []

  init(queueLimit: Int) { self.queueLimit = queueLimit }

  var queueLength: Int {
    waiting.batches.count + waiting.alerting.count + (inWork?.batches.count ?? 0)
  }
  var hasWork: Bool { !waiting.isEmpty }
  var isIdle: Bool { waiting.isEmpty && inWork == nil }

  mutating func submit(_ batch: JournalBatch) {
    if waiting.batches.count < queueLimit && waiting.refusedThrough == nil {
      waiting.batches.append(batch)
    } else {
      waiting.refusedThrough = batch.sequence
      waiting.refusedNames.formUnion(batch.records.map(\.name))
    }
  }

  mutating func submit(_ batch: AlertingBatch) {
    if waiting.alerting.count < queueLimit && waiting.alertingRefusedThrough == nil {
      waiting.alerting.append(batch)
    } else {
      waiting.alertingRefusedThrough = batch.sequence
      note(refused: batch)
    }
  }

  mutating func submit(samples records: [SampleRecord]) {
    guard !records.isEmpty else { return }
    if waiting.samples.count < 64 {
      waiting.samples.append(records)
    } else {
      samplesLost += 1
      disk.hasSampleGaps = true
    }
  }

  mutating func begin() {
    inWork = waiting
    waiting = Work()
  }

  /// Ends the round; `drawn` says how each of its three transactions ends. `transactions`: after so
  /// many the process is dead.
  mutating func finish(transactions: Int = 3, _ drawn: [JournalFailure?]) -> [Answer] {
    guard let work = inWork.take() else { return [] }
    var answers: [Answer] = []
    if transactions > 0, let last = work.alerting.last {
      let answer = finishAlerting(work.alerting, drawn[0])
      answers.append(
        .alerting(answer ? .committed(through: last.sequence) : .refused(through: last.sequence)))
    }
    if let refused = work.alertingRefusedThrough {
      count(.busy)
      answers.append(.alerting(.refused(through: refused)))
    }
    if transactions > 1, let last = work.batches.last {
      let failure = drawn[1]
      finish(work.batches, failure)
      answers.append(
        .agent(
          failure.map { .commitFailed(through: last.sequence, $0) }
            ?? .committed(through: last.sequence)))
    }
    if let refused = work.refusedThrough {
      count(.busy)
      ahead.formUnion(work.refusedNames)
      answers.append(.agent(.commitFailed(through: refused, .busy)))
    }
    if transactions > 2, !work.samples.isEmpty {
      if let failure = drawn[2] {
        count(failure)
        samplesLost += UInt64(work.samples.count)
        disk.hasSampleGaps = true
      } else {
        for records in work.samples { disk.samples.apply(records) }
      }
    }
    return answers
  }

  private mutating func finishAlerting(
    _ batches: [AlertingBatch], _ failure: JournalFailure?
  ) -> Bool {
    if let failure {
      count(failure)
      for batch in batches { note(refused: batch) }
      return false
    }
    for batch in batches {
      disk.commit(batch)
      answered.formUnion(batch.notifications?.messages.map(\.key) ?? [])
    }
    isBehindAlerts = false
    commits += 1
    return true
  }

  private mutating func finish(_ batches: [JournalBatch], _ failure: JournalFailure?) {
    if let failure {
      count(failure)
      for batch in batches { ahead.formUnion(batch.records.map(\.name)) }
      return
    }
    for batch in batches {
      disk.commit(batch)
      if !ahead.isEmpty { ahead.subtract(batch.records.map(\.name)) }
    }
    commits += 1
  }

  private mutating func note(refused batch: AlertingBatch) {
    isBehindAlerts = true
    answered.formUnion(batch.notifications?.messages.map(\.key) ?? [])
  }

  private mutating func count(_ failure: JournalFailure) {
    if let index = JournalFailure.allCases.firstIndex(of: failure) { failures[index] += 1 }
  }

  /// The process is dead: what waits is lost.
  mutating func die() {
    (waiting, inWork) = (Work(), nil)
    (ahead, isBehindAlerts) = ([], false)
    (samplesLost, commits) = (0, 0)
    failures = Array(repeating: 0, count: JournalFailure.allCases.count)
  }

  /// Another coordinator shows what the disk has.
  mutating func showDisk() { ahead = [] }

  /// Damaged, and a new one in its place: only the agent's memory holds what was committed.
  mutating func replace() {
    var fresh = JournalDisk()
    (fresh.generation, fresh.restarts) = (disk.generation, disk.restarts)
    (fresh.lastBatch, fresh.lastEvent) = (disk.lastBatch, disk.lastEvent)
    fresh.restartsTold = disk.restartsTold
    fresh.hasSampleGaps = true
    ahead.formUnion(disk.records.keys)
    disk = fresh
    isBehindAlerts = true
    samplesLost += 1
  }
}
