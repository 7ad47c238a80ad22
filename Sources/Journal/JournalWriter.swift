package import Agent
package import Alerting
package import SampleStore
package import Signals
import Synchronization
package import Threading

/// The thread `journal`: commits what is submitted, everything that waits in one transaction.
///
/// A batch is answered by exactly one event that reaches through it, in the order of submission.
package final class JournalWriter: Sendable {
  /// Rows that are deleted between two commits, at most.
  private static let pruneStep = 500

  private struct PruneOrder {
    var eventsBefore: Timestamp
    var recordsBefore: Timestamp
    var keeping: Set<String>
  }

  private struct State {
    var queue: [JournalBatch] = []
    /// Last of the batches refused since the thread last looked, because the queue was full.
    var refusedThrough: UInt64?
    var prune: PruneOrder?
    var alerting = AlertingQueue()
    var samples: [[SampleRecord]] = []
    var housekeeping = JournalHousekeeping()
    var restores: [RestoreOrder] = []
    /// Sets of samples that were not stored.
    var samplesLost: UInt64 = 0
    var isStopping = false
    var isAsleep = false
    var commits: UInt64 = 0
    var events: UInt64 = 0
    var failures: [UInt64] = Array(repeating: 0, count: JournalFailure.allCases.count)
    /// Batches taken by the thread and not answered yet.
    var inCommit = 0
    /// Since when the oldest batch waits that the thread has not taken, and of those it has.
    var waitingSince: MonotonicInstant?
    var inWorkSince: MonotonicInstant?
    /// The last transaction was committed.
    var isUp = true
    var damage = JournalDamage()
    var replacements: UInt64 = 0
    var bytes: Int64 = 0

    mutating func noteCommit() {
      commits += 1
      isUp = true
    }

    mutating func noteWaiting() { waitingSince = waitingSince ?? SystemClock.monotonic }
  }

  private struct RestoreOrder {
    var restart: CoordinatorRestart
    var answer: @Sendable (Result<JournalContents, JournalFailure>) -> Void
  }

  private struct AlertingQueue {
    var batches: [AlertingBatch] = []
    var refusedThrough: UInt64?

    var isEmpty: Bool { batches.isEmpty && refusedThrough == nil }
  }

  private struct Work {
    var batches: [JournalBatch]
    var refusedThrough: UInt64?
    var alerting: AlertingQueue
    var prune: PruneOrder?
    var samples: [[SampleRecord]]
    /// Empty while its time has not come.
    var housekeeping: JournalHousekeeping
    var restores: [RestoreOrder]
    var isStopping: Bool
  }

  private let journal: EventJournal
  private let queueLimit: Int
  private let deliver: @Sendable ([AgentEvent]) -> Void
  private let answer: @Sendable (AlertingAnswer) -> Void
  private let onFeed: @Sendable () -> Void
  private let state = Mutex(State())
  private let bell: Bell
  private let thread = Mutex<NamedThread?>(nil)
  /// Told of each turn of its thread.
  package let pulse = Pulse()

  /// Starts the thread. `deliver`, `answer` (to batches of alerts and messages) and `onFeed` (after
  /// a commit that held rows for Postgres) are called on it and must not block; `queueLimit` is the
  /// most batches that wait, of either kind. Ends by `stop` only. `nil` when the system has no
  /// thread or descriptor.
  package init?(
    journal: EventJournal, queueLimit: Int, deliver: @escaping @Sendable ([AgentEvent]) -> Void,
    answer: @escaping @Sendable (AlertingAnswer) -> Void = { _ in },
    onFeed: @escaping @Sendable () -> Void = {}
  ) {
    guard let bell = Bell() else { return nil }
    self.bell = bell
    state.withLock { $0.bytes = journal.sizeOnDisk }
    self.journal = journal
    self.queueLimit = max(1, queueLimit)
    self.deliver = deliver
    self.answer = answer
    self.onFeed = onFeed
    guard let thread = NamedThread("journal", pulse: pulse, { [self] in run() }) else { return nil }
    self.thread.withLock { $0 = thread }
  }

  /// Takes a batch over. Never blocks: beyond the limit a batch is answered by
  /// `commitFailed(_, .busy)`. After `stop` nothing is taken or answered.
  package func submit(_ batch: JournalBatch) {
    wake { state in
      if state.isStopping { return }
      if state.queue.count < queueLimit && state.refusedThrough == nil {
        state.queue.append(batch)
        state.noteWaiting()
      } else {
        state.refusedThrough = batch.sequence
      }
    }
  }

  /// Takes a batch of alerts and messages over; like the other `submit`, and answered through
  /// `answer`.
  package func submit(_ batch: AlertingBatch) {
    wake { state in
      if state.isStopping { return }
      if state.alerting.batches.count < queueLimit && state.alerting.refusedThrough == nil {
        state.alerting.batches.append(batch)
        state.noteWaiting()
      } else {
        state.alerting.refusedThrough = batch.sequence
      }
    }
  }

  /// Takes samples over, to be committed in a transaction of their own. Never blocks: beyond
  /// `samplesLimit` sets that wait, one is lost.
  package func submit(samples records: [SampleRecord]) {
    guard !records.isEmpty else { return }
    wake { state in
      if state.isStopping { return }
      if state.samples.count < Self.samplesLimit {
        state.samples.append(records)
      } else {
        state.samplesLost += 1
      }
    }
  }

  /// How many sets of samples were lost; when it has grown, what is stored has a gap.
  package var samplesLost: UInt64 { state.withLock { $0.samplesLost } }

  private static let samplesLimit = 64

  /// Asks for old rows to be deleted, in small steps between commits; see `EventJournal.prune`.
  /// Replaces an earlier request that has not been finished.
  package func prune(eventsBefore: Timestamp, recordsBefore: Timestamp, keeping: Set<String>) {
    wake { state in
      state.prune = PruneOrder(
        eventsBefore: eventsBefore, recordsBefore: recordsBefore, keeping: keeping)
    }
  }

  /// Chunks of the feed up to `position` may go. They do so within a second or two, in steps
  /// between commits.
  package func release(feedThrough position: Int64) {
    wake { $0.housekeeping.add(JournalHousekeeping(releaseThrough: position)) }
  }

  /// Keeps the rows within a second, in place of those before. The caller has taken out what must
  /// not be on the disk.
  package func keep(_ rows: DatabaseRows) { wake { $0.housekeeping.rows = rows } }

  /// Gives what a coordinator that takes over from another starts from; see
  /// `EventJournal.contents`. What was submitted before is committed or refused, and answered, by
  /// then. `answer` is called once, on the journal's thread, and must not block; at once, with
  /// `.other`, after `stop`.
  package func restore(
    after restart: CoordinatorRestart,
    answer: @escaping @Sendable (Result<JournalContents, JournalFailure>) -> Void
  ) {
    var isTaken = false
    wake { state in
      if state.isStopping { return }
      isTaken = true
      state.restores.append(RestoreOrder(restart: restart, answer: answer))
    }
    if !isTaken { answer(.failure(.other)) }
  }

  /// A reader has met damage.
  func noteDamage() { wake { $0.damage.meet(at: SystemClock.monotonic) } }

  /// How many damaged journals gave way to a new one, and the bytes of the file and its log as of
  /// the last commit.
  package var file: (replacements: UInt64, bytes: Int64) {
    state.withLock { ($0.replacements, $0.bytes) }
  }

  /// Commits and answers what has been submitted, ends the thread and waits for that, at most
  /// 30 s; from `deliver` it does not wait.
  package func stop() {
    wake { $0.isStopping = true }
    let thread = thread.withLock { $0 }
    _ = thread?.join(timeout: .seconds(30))
  }

  package var figures: JournalFigures {
    state.withLock { state in
      var figures = JournalFigures()
      figures.isUp = state.isUp
      figures.writes = state.commits
      figures.events = state.events
      figures.failures = state.failures
      figures.queueLength = state.queue.count + state.inCommit + state.alerting.batches.count
      if let since = state.inWorkSince ?? state.waitingSince {
        figures.lag = since.duration(to: SystemClock.monotonic)
      }
      return figures
    }
  }
}

extension JournalWriter {
  private func wake(_ change: (inout State) -> Void) {
    let ring = state.withLock { state in
      change(&state)
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    if ring { bell.ring() }
  }

  private func run() {
    var kept = SystemClock.monotonic
    while true {
      let housekeepingDue = kept.advanced(by: JournalHousekeeping.pause)
      guard let work = nextWork(housekeepingDue) else {
        let waits = state.withLock { !$0.housekeeping.isEmpty }
        pulse.rest()
        bell.wait(until: waits ? housekeepingDue : nil)
        pulse.begin()
        continue
      }
      commit(work.alerting)
      commit(work.batches)
      if let refused = work.refusedThrough { fail(through: refused, .busy, isTried: false) }
      commit(samples: work.samples)
      for order in work.restores { restore(order) }
      replaceIfDamaged()
      if !work.housekeeping.isEmpty, perform(work.housekeeping) { kept = SystemClock.monotonic }
      let bytes = journal.sizeOnDisk
      state.withLock { ($0.bytes, $0.inWorkSince) = (bytes, nil) }
      if work.isStopping { break }
      if let order = work.prune { prune(order) }
    }
  }

  /// Everything there is to do now; `nil` when the thread may sleep.
  private func nextWork(_ housekeepingDue: MonotonicInstant) -> Work? {
    let isDue = SystemClock.monotonic >= housekeepingDue
    return state.withLock { state in
      let keeps = !state.housekeeping.isEmpty && (isDue || state.isStopping)
      let idle =
        state.queue.isEmpty && state.refusedThrough == nil && state.prune == nil
        && state.samples.isEmpty && state.alerting.isEmpty && state.restores.isEmpty
        && !state.isStopping && !keeps && !state.damage.isDue(at: SystemClock.monotonic)
      guard !idle else {
        state.isAsleep = true
        return nil
      }
      let work = Work(
        batches: state.queue, refusedThrough: state.refusedThrough, alerting: state.alerting,
        prune: state.prune, samples: state.samples,
        housekeeping: keeps ? state.housekeeping : JournalHousekeeping(),
        restores: state.restores, isStopping: state.isStopping)
      state.inCommit = work.batches.count
      (state.inWorkSince, state.waitingSince) = (state.waitingSince, nil)
      state.alerting = AlertingQueue()
      state.queue.removeAll(keepingCapacity: true)
      state.refusedThrough = nil
      state.prune = nil
      state.samples = []
      state.restores = []
      if keeps { state.housekeeping = JournalHousekeeping() }
      return work
    }
  }

  private func commit(_ batches: [JournalBatch]) {
    guard let last = batches.last else { return }
    do throws(JournalFailure) {
      CrashPoint.batchesWaiting.pass()
      let events = try journal.commit(batches)
      CrashPoint.batchesCommitted.pass()
      state.withLock { state in
        state.noteCommit()
        state.events += UInt64(clamping: events)
        state.inCommit = 0
      }
      deliver([.committed(through: last.sequence)])
      if batches.contains(where: { !$0.feed.isEmpty }) { onFeed() }
    } catch {
      fail(through: last.sequence, error)
    }
  }

  private func commit(_ alerting: AlertingQueue) {
    if let last = alerting.batches.last {
      do throws(JournalFailure) {
        try journal.commit(alerting.batches)
        CrashPoint.alertingCommitted.pass()
        state.withLock { $0.noteCommit() }
        answer(.committed(through: last.sequence))
      } catch {
        count(error, answered: false)
        answer(.refused(through: last.sequence))
      }
    }
    if let refused = alerting.refusedThrough {
      count(.busy, answered: false, isTried: false)
      answer(.refused(through: refused))
    }
  }

  private func commit(samples: [[SampleRecord]]) {
    guard !samples.isEmpty else { return }
    do throws(JournalFailure) {
      try journal.commit(samples: Array(samples.joined()))
      CrashPoint.samplesCommitted.pass()
      state.withLock { $0.noteCommit() }
    } catch {
      count(error)
      state.withLock { $0.samplesLost += UInt64(samples.count) }
    }
  }

  private func restore(_ order: RestoreOrder) {
    // Met a second time, damage is certain, and the third attempt has a new journal.
    for attempt in 1...3 {
      do {
        order.answer(.success(try journal.start(at: order.restart.at, after: order.restart)))
        return
      } catch {
        let failure = JournalFailure(error)
        count(failure, answered: false)
        guard failure == .corrupt, attempt < 3 else { return order.answer(.failure(failure)) }
        replaceIfDamaged()
      }
    }
  }

  /// Begins a new journal when it is time to; the coordinator and the rule engine write all again.
  private func replaceIfDamaged() {
    guard state.withLock({ $0.damage.isDue(at: SystemClock.monotonic) }) else { return }
    do throws(JournalError) {
      try journal.replace(at: SystemClock.wall)
      state.withLock { state in
        state.damage.replaced(at: SystemClock.monotonic)
        state.replacements += 1
        state.samplesLost += 1
      }
      deliver([.journalReplaced])
      answer(.replaced)
    } catch {
      state.withLock { $0.damage.couldNotReplace(at: SystemClock.monotonic) }
    }
  }

  private func fail(through sequence: UInt64, _ reason: JournalFailure, isTried: Bool = true) {
    count(reason, isTried: isTried)
    deliver([.commitFailed(through: sequence, reason)])
  }

  /// `answered`: the batches of the coordinator that were in work. `isTried`: a transaction failed,
  /// not the queue.
  private func count(_ reason: JournalFailure, answered: Bool = true, isTried: Bool = true) {
    state.withLock { state in
      if answered { state.inCommit = 0 }
      if isTried { state.isUp = false }
      if reason == .corrupt { state.damage.meet(at: SystemClock.monotonic) }
      if let index = JournalFailure.allCases.firstIndex(of: reason) { state.failures[index] += 1 }
    }
  }

  /// One step; false when the next one may follow at once.
  private func perform(_ work: JournalHousekeeping) -> Bool {
    let (left, failure) = work.perform(in: journal)
    if !left.isEmpty { state.withLock { $0.housekeeping.add(left) } }
    guard let failure else { return left.isEmpty }
    count(failure, answered: false)
    return true
  }

  /// One step; asks for the next one unless this was the last or a newer request has come.
  private func prune(_ order: PruneOrder) {
    do throws(JournalFailure) {
      let deleted = try journal.prune(
        eventsBefore: order.eventsBefore, recordsBefore: order.recordsBefore,
        keeping: order.keeping, limit: Self.pruneStep)
      guard deleted >= Self.pruneStep else { return }
      state.withLock { state in
        if state.prune == nil { state.prune = order }
      }
    } catch {
      count(error)
    }
  }
}
