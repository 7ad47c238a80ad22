import Agent
import Journal
import PromQL
import SampleStore
import Signals
import Synchronization
import Threading

/// The thread `sampler`: owns the head, appends to it and publishes looks at it.
///
/// Each evaluation interval it takes a sample of every series, and at a transition of the MCPs that
/// changed. What it appends goes to the journal's thread; nobody waits for either.
final class Sampler: Sendable {
  struct Settings: Equatable, Sendable {
    var interval: Duration
    var retention: Duration

    init(_ settings: Agent.Settings) {
      interval = settings.global.evaluationInterval
      retention =
        switch settings.storage.sampleRetention {
        case .automatic: .seconds(2 * 3600)
        case .fixed(let duration): duration
        }
    }
  }

  private struct Mail: Sendable {
    var transitions: [SamplerRounds.Transition] = []
    var waiting = 0
    /// Statuses that there was no room for.
    var refused = 0
    var settings: Settings
    var isClosed = false
  }

  /// Statuses of MCPs that wait, at most.
  private static let mailLimit = 20_000

  private let mail: Mutex<Mail>
  private let published: Mutex<(look: HeadSnapshot, figures: HeadFigures)>
  private let first: Mutex<Head?>
  private let journal: JournalWriter
  private let bell: Bell
  private let thread = Mutex<NamedThread?>(nil)

  /// `nil` when the process has no descriptor left. Samples are taken after `start`.
  init?(_ head: Head, settings: Settings, journal: JournalWriter) {
    guard let bell = Bell() else { return nil }
    self.bell = bell
    self.journal = journal
    mail = Mutex(Mail(settings: settings))
    published = Mutex((head.snapshot, head.figures))
    first = Mutex(head)
  }

  /// False when the system has no thread left. `look` is called on the thread.
  func start(_ look: @escaping @Sendable () -> AgentSnapshot) -> Bool {
    let thread = NamedThread(
      "sampler",
      { [self] in
        // Only here: a second reference would keep what the head was at first.
        guard var rounds = first.withLock({ $0.take() }).map({ SamplerRounds(head: $0, look) })
        else { return }
        while turn(&rounds) {}
      })
    self.thread.withLock { $0 = thread }
    return thread != nil
  }

  /// Appends what waits and ends the thread.
  func stop() {
    mail.withLock { $0.isClosed = true }
    bell.ring()
    let thread = thread.withLock { $0.take() }
    _ = thread?.join(timeout: .seconds(5))
  }

  /// Takes changed MCPs over, as they are at that instant. Never blocks.
  func note(_ mcps: [MCPStatus], at: Timestamp) {
    if mcps.isEmpty { return }
    mail.withLock { mail in
      guard mail.waiting + mcps.count <= Self.mailLimit else {
        mail.refused += mcps.count
        return
      }
      mail.waiting += mcps.count
      mail.transitions.append(SamplerRounds.Transition(at: at, mcps: mcps))
    }
    bell.ring()
  }

  func configure(_ settings: Settings) {
    mail.withLock { $0.settings = settings }
    bell.ring()
  }

  /// What there is to query; never waits for the thread.
  var samples: HeadSnapshot { published.withLock { $0.look } }
  var figures: HeadFigures { published.withLock { $0.figures } }
}

extension Sampler {
  /// Waits for something to do and does it; false at the end.
  private func turn(_ rounds: inout SamplerRounds) -> Bool {
    let now = SystemClock.now
    let wait = Duration.milliseconds(
      max(0, rounds.due.subtractingSaturating(now.wall.milliseconds)))
    bell.wait(until: rounds.interval == 0 ? now.monotonic : now.monotonic.advanced(by: wait))
    let mail = mail.withLock { mail in
      defer {
        mail.transitions = []
        mail.waiting = 0
        mail.refused = 0
      }
      return mail
    }
    let wall = SystemClock.wall.milliseconds
    let settings = mail.settings
    rounds.arrange(every: settings.interval, retention: settings.retention, now: wall)
    if mail.refused > 0 { rounds.head.countDropped(.queue, mail.refused) }
    let hasAppended = rounds.turn(mail.transitions, now: wall, isLast: mail.isClosed)
    if hasAppended || mail.refused > 0 { hand(over: &rounds) }
    return !mail.isClosed
  }

  private func hand(over rounds: inout SamplerRounds) {
    let lost = journal.samplesLost
    if lost > rounds.lost {
      rounds.lost = lost
      rounds.head.restartRecords()
    }
    journal.submit(samples: rounds.head.takeRecords())
    let (look, figures) = (rounds.head.snapshot, rounds.head.figures)
    published.withLock { $0 = (look, figures) }
  }
}
