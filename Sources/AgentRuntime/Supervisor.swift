import Agent
import Journal
import Logging
import Signals
import Synchronization
import Threading

/// The thread `supervisor`: starts a new coordinator from the journal when the one there is has
/// failed or stands still, and ends the process when that does not help or another part has died.
final class Supervisor: Sendable {
  struct Parts: Sendable {
    let coordinator: Coordinator.Parts
    let door: CoordinatorDoor
    let limits: AgentLimits
    let logger: Logger
    /// The other parts with a thread of their own; asked at each look.
    let others: @Sendable () -> [(name: String, pulse: Pulse)]
    /// Calls its argument with the settings that run and how many there have been; none are handed
    /// over meanwhile.
    let withSettings: @Sendable ((Settings, UInt64) -> Void) -> Void
    /// Somebody outside is told that all parts get on.
    let keepAlive: @Sendable () -> Void
  }

  struct Figures: Sendable {
    var generation: UInt64
    /// In the order of `RestartReason.allCases`.
    var restarts: [UInt64]
    /// Stood still, were replaced, and have not come to their end.
    var abandoned = 0
  }

  private struct State: Sendable {
    var figures: Figures
    var isStopping = false
    var gaveUp: SupervisionGaveUp?
    var onGiveUp: (@Sendable (SupervisionGaveUp) -> Void)?
  }

  let parts: Parts
  let bell: Bell
  private let state: Mutex<State>
  private let thread = Mutex<NamedThread?>(nil)
  private let current = Mutex<Coordinator?>(nil)

  /// Nothing happens before `start`. `nil` when the process has no descriptor left.
  init?(_ contents: JournalContents, _ parts: Parts) {
    guard let bell = Bell() else { return nil }
    self.bell = bell
    self.parts = parts
    state = Mutex(
      State(
        figures: Figures(
          generation: contents.generation, restarts: contents.restarts)))
  }

  /// Starts the first coordinator and watches it from then on; false when the system has no thread
  /// left.
  func start(_ contents: JournalContents) -> Bool {
    guard begin(contents, succeeding: nil) else { return false }
    let thread = NamedThread("supervisor") { [self] in
      var rounds = SupervisorRounds(self)
      while !isStopping {
        bell.wait(until: SystemClock.monotonic.advanced(by: SupervisorRounds.pause))
        rounds.look()
      }
    }
    self.thread.withLock { $0 = thread }
    return thread != nil
  }

  /// Nothing is started again from now on.
  func stop() {
    state.withLock { $0.isStopping = true }
    bell.ring()
    let thread = thread.withLock { $0.take() }
    _ = thread?.join(timeout: .seconds(5))
  }

  /// Lets the coordinator end and waits for that; false when it does not come to its end.
  func endCoordinator(within timeout: Duration) -> Bool {
    parts.door.close()
    return current.withLock { $0 }?.join(timeout: timeout) ?? true
  }

  /// Calls `action`, once, when the process cannot go on; at once when that is so already.
  func onGiveUp(_ action: @escaping @Sendable (SupervisionGaveUp) -> Void) {
    let already = state.withLock { state in
      state.onGiveUp = action
      return state.gaveUp
    }
    if let already { action(already) }
  }

  var turnsFenced: UInt64 { parts.coordinator.fence.turnsRefused }

  /// Never waits for the thread.
  var figures: Figures { state.withLock { $0.figures } }
  var isStopping: Bool { state.withLock { $0.isStopping } }
  var coordinator: Coordinator? { current.withLock { $0 } }
}

// MARK: - For the thread

extension Supervisor {
  func giveUp(_ why: SupervisionGaveUp) {
    let action = state.withLock { state in
      guard state.gaveUp == nil, !state.isStopping else {
        return nil as (@Sendable (SupervisionGaveUp) -> Void)?
      }
      state.gaveUp = why
      return state.onGiveUp
    }
    action?(why)
  }

  func update(_ change: (inout Figures) -> Void) { state.withLock { change(&$0.figures) } }

  /// Makes a coordinator of what the journal holds, and the one that counts.
  func begin(_ contents: JournalContents, succeeding predecessor: Predecessor?) -> Bool {
    let state = AgentState(
      restoring: contents, limits: parts.limits, succeeding: predecessor)
    let generation = contents.generation
    parts.coordinator.fence.raise(to: generation)
    let coordinator = Coordinator(
      state, generation: generation, parts.coordinator, inboxLimit: Self.inboxLimit
    ) { [bell] in bell.ring() }
    guard let coordinator else { return false }
    current.withLock { $0 = coordinator }
    // Before anybody can reach it: who asks which one there is, is not told of the one before.
    update { figures in
      figures.generation = generation
      figures.restarts = contents.restarts
    }
    parts.withSettings { settings, count in
      parts.coordinator.published.setArrangements(count - 1)
      parts.door.open(coordinator.inbox, first: [.reconfigured(settings)])
    }
    if let restart = contents.restart { parts.door.post([.noted([AgentNote(restart)])]) }
    parts.coordinator.published.setUp(true)
    if contents.restart != nil { parts.coordinator.movements.noteRestart() }
    CrashPoint.successorStarted.pass()
    return true
  }

  private static let inboxLimit = 1 << 17
}

extension AgentNote {
  init(_ restart: CoordinatorRestart) {
    var data = [Label(name: "reason", value: restart.reason.rawValue)]
    if let duration = restart.duration {
      let milliseconds = duration.wholeMilliseconds
      let fraction = String(milliseconds % 1000 + 1000).dropFirst()
      data.append(Label(name: "duration_seconds", value: "\(milliseconds / 1000).\(fraction)"))
    }
    for item in restart.inHand {
      data.append(Label(name: "\(item.kind.rawValue)_in_hand", value: item.name))
    }
    self.init(.coordinatorRestarted, detail: restart.error, data: data)
  }
}
