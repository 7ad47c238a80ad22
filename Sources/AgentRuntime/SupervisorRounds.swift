import Agent
import CurlTransport
import Journal
import Logging
import Signals
import Synchronization
import Threading

/// What the thread `supervisor` knows, and what it does at each look.
struct SupervisorRounds {
  /// Between two looks.
  static let pause = Duration.milliseconds(250)
  /// A coordinator that takes no turn for so long stands still; one is due each second.
  static let stallBound = Duration.seconds(5)
  /// A turn of another part that lasts so long keeps the outside from being told that all is well.
  private static let partBound = Duration.seconds(60)
  /// What the journal may take to say what it holds.
  private static let journalBound = Duration.seconds(20)
  /// Threads that stand still cannot be ended; with so many of them the process is.
  private static let mostAbandoned = 4

  private let supervisor: Supervisor
  private var policy = RestartPolicy(.coordinator)
  private var watch = Self.watch(Self.stallBound)
  private var watches: [String: StallWatch] = [:]
  private var standing: Set<String> = []
  private var abandoned: [Coordinator] = []
  private var randomness = SystemRandomNumberGenerator()

  init(_ supervisor: Supervisor) { self.supervisor = supervisor }

  private static func watch(_ bound: Duration) -> StallWatch {
    StallWatch(bound: bound, longestLook: pause * 2)
  }

  mutating func look() {
    if supervisor.isStopping { return }
    let others = supervisor.parts.others()
    if let dead = others.first(where: { $0.pulse.look.hasEnded }) {
      return supervisor.giveUp(SupervisionGaveUp("the thread \(dead.name) has ended"))
    }
    abandoned.removeAll { $0.pulse.look.hasEnded }
    supervisor.update { $0.abandoned = abandoned.count }
    let getOn = getOn(others)
    guard let coordinator = supervisor.coordinator else { return }
    let pulse = coordinator.pulse.look
    if pulse.hasEnded {
      let error = coordinator.failure?.description ?? "its thread has ended"
      restart(.crash, error)
    } else if watch.look(turns: pulse.turns, at: SystemClock.monotonic) {
      abandoned.append(coordinator)
      restart(.stall, "no turn for \(Self.stallBound.components.seconds) s")
    } else if getOn {
      supervisor.parts.keepAlive()
    }
  }

  /// Whether none of them stands still in one turn.
  private mutating func getOn(_ others: [(name: String, pulse: Pulse)]) -> Bool {
    let now = SystemClock.monotonic
    var stands: Set<String> = []
    for (name, pulse) in others {
      let look = pulse.look
      var watch = watches[name] ?? Self.watch(Self.partBound)
      if watch.look(turns: look.turns, mayRest: look.isResting, at: now) { stands.insert(name) }
      watches[name] = watch
    }
    for name in stands.subtracting(standing).sorted() {
      supervisor.parts.logger.error(
        "A part of the agent stands still", metadata: ["part": "\(name)"])
    }
    standing = stands
    return stands.isEmpty
  }
}

// MARK: - A new coordinator

extension SupervisorRounds {
  private mutating func restart(_ reason: RestartReason, _ error: String) {
    let parts = supervisor.parts
    let generation = supervisor.figures.generation + 1
    // From here on what the one before does counts for nothing.
    parts.coordinator.fence.raise(to: generation)
    parts.door.shut()
    parts.coordinator.published.setUp(false)
    supervisor.update { $0.abandoned = abandoned.count }
    parts.logger.error(
      "The coordinator has failed; starting another from the journal",
      metadata: ["reason": "\(reason.rawValue)", "error": "\(error)"])
    let spread = Double.random(in: 0..<1, using: &randomness)
    guard case .restart(let pause) = policy.decide(at: SystemClock.monotonic, spread: spread),
      abandoned.count < Self.mostAbandoned
    else {
      return supervisor.giveUp(
        SupervisionGaveUp("the coordinator failed too often; at last: \(error)"))
    }
    guard rest(pause) else { return }
    let shown = parts.coordinator.published.view
    let inHand = parts.coordinator.progress.inHand(of: .coordinator).map { [$0] } ?? []
    parts.coordinator.progress.clear(.coordinator)
    let end = CoordinatorRestart(
      reason: reason, error: error, at: SystemClock.wall,
      duration: shown.heartbeat.map { max($0.duration(to: SystemClock.wall), .zero) },
      inHand: inHand)
    guard var contents = restore(after: end) else {
      return supervisor.giveUp(SupervisionGaveUp("the journal does not say what it holds"))
    }
    contents.generation = max(contents.generation, generation)
    parts.coordinator.prober.forget(shown.ids)
    let predecessor = Predecessor(
      statuses: shown.statuses, figures: shown.figures, lastID: shown.ids.max())
    watch = Self.watch(Self.stallBound)
    CrashPoint.restored.pass()
    guard supervisor.begin(contents, succeeding: predecessor) else {
      return supervisor.giveUp(SupervisionGaveUp("no thread left for the coordinator"))
    }
  }

  /// False when the process ends meanwhile.
  private func rest(_ pause: Duration) -> Bool {
    let deadline = SystemClock.monotonic.advanced(by: pause)
    while SystemClock.monotonic < deadline {
      if supervisor.isStopping { return false }
      supervisor.bell.wait(until: deadline)
    }
    return !supervisor.isStopping
  }

  /// What is in the journal once all that it was given is.
  private func restore(after end: CoordinatorRestart) -> JournalContents? {
    let answer = Answer()
    supervisor.parts.coordinator.journal.restore(after: end) { [bell = supervisor.bell] result in
      answer.result.withLock { $0 = result }
      bell.ring()
    }
    let deadline = SystemClock.monotonic.advanced(by: Self.journalBound)
    while SystemClock.monotonic < deadline {
      if let result = answer.result.withLock({ $0 }) { return try? result.get() }
      if supervisor.isStopping { return nil }  // the end of the process does not wait for it
      supervisor.bell.wait(until: deadline)
    }
    return nil
  }

  private final class Answer: Sendable {
    let result = Mutex<Result<JournalContents, JournalFailure>?>(nil)
  }
}
