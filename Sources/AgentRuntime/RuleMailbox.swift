import Agent
import Alerting
import Notifications
import Signals
import Synchronization
import Threading

/// What waits for the thread `rule-engine`: bounded, and open to every thread.
final class RuleMailbox: Sendable {
  private struct State: Sendable {
    var mail = RuleMail()
    var waiting = 0
  }

  /// Statuses of MCPs that wait, at most. Reports are bounded by the deliveries in flight, answers
  /// by the batches on their way.
  private static let limit = 20_000

  private let state = Mutex(State())
  private let bell: Bell

  /// `nil` when the process has no descriptor left.
  init?() {
    guard let bell = Bell() else { return nil }
    self.bell = bell
  }

  /// Takes changed MCPs over, as they are at that instant. Never blocks.
  func note(_ mcps: [MCPStatus], at: Timestamp) {
    if mcps.isEmpty { return }
    post { state in
      guard state.waiting + mcps.count <= Self.limit else {
        state.mail.refused += mcps.count
        return
      }
      state.waiting += mcps.count
      state.mail.transitions.append(SamplerRounds.Transition(at: at, mcps: mcps))
    }
  }

  func configure(_ configuration: RuleConfiguration) {
    post { $0.mail.configuration = configuration }
  }

  func answer(_ answer: AlertingAnswer) { post { $0.mail.answers.append(answer) } }

  func report(_ reports: [DeliveryReport]) { post { $0.mail.reports += reports } }

  /// Asks that wait, at most: as many as there may be requests.
  private static let asksLimit = 256

  /// False when there are too many already, or the thread ends.
  func ask(_ ask: RuleAsk) -> Bool {
    var isTaken = false
    post { state in
      isTaken = !state.mail.isClosed && state.mail.asks.count < Self.asksLimit
      if isTaken { state.mail.asks.append(ask) }
    }
    return isTaken
  }

  func noteRestart() { post { $0.mail.hasRestarted = true } }

  func drain() { post { $0.mail.isDraining = true } }

  func close() { post { $0.mail.isClosed = true } }

  /// Waits for mail, until `deadline` at most, and takes what there is.
  func take(until deadline: MonotonicInstant) -> RuleMail {
    bell.wait(until: deadline)
    return state.withLock { state in
      defer {
        var rest = RuleMail()
        (rest.isDraining, rest.isClosed) = (state.mail.isDraining, state.mail.isClosed)
        state = State(mail: rest)
      }
      return state.mail
    }
  }

  private func post(_ change: (inout State) -> Void) {
    state.withLock { change(&$0) }
    bell.ring()
  }
}
