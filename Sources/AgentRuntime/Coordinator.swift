import Agent
import CurlTransport
import Journal
import Signals
import Synchronization
import Threading

/// Owns the `AgentState` on a thread of its own and performs what it decides.
///
/// It waits for nothing but its inbox: probes, commits and log lines are handed to other threads.
/// What a turn decides is performed as a whole, and only while this coordinator is the one that
/// counts.
final class Coordinator: Sendable {
  struct Parts: Sendable {
    let prober: Prober
    let journal: JournalWriter
    let published: PublishedState
    let movements: RuleMailbox
    let log: EventLog
    let fence: Fence
    let progress: ProgressBoard
    let drills: FaultSwitch
    let actions: ActionDesk
  }

  let inbox: Inbox
  let pulse = Pulse()
  private let ending: Ending
  private let thread: NamedThread

  /// `onFault` is called on its thread when it ends by itself; it must not block.
  ///
  /// - Returns: `nil` when the system has no thread or descriptor left.
  init?(
    _ state: AgentState, generation: UInt64, _ parts: Parts, inboxLimit: Int,
    onFault: @escaping @Sendable () -> Void
  ) {
    guard let bell = Bell() else { return nil }
    let inbox = Inbox(bell: bell, limit: inboxLimit)
    self.inbox = inbox
    let ending = Ending()
    let pulse = pulse
    let thread = NamedThread("mcp-coordinator", pulse: pulse) {
      var turn = CoordinatorTurn(
        state: state, generation: generation, inbox: inbox, pulse: pulse, parts: parts)
      do throws(CoordinatorFault) {
        while try turn.run() {}
      } catch {
        ending.fault.withLock { $0 = error }
        onFault()
      }
    }
    guard let thread else { return nil }
    self.thread = thread
    self.ending = ending
  }

  private final class Ending: Sendable {
    let fault = Mutex<CoordinatorFault?>(nil)
  }

  /// Why it has ended; `nil` while it has not, or when its inbox was closed.
  var failure: CoordinatorFault? { ending.fault.withLock { $0 } }

  /// Waits for the end of the loop, which a closed inbox brings about.
  func join(timeout: Duration) -> Bool { thread.join(timeout: timeout) }
}
