package import Agent
import Alerting
import ConfigFile
import Journal
package import Notifications
import Signals
import Threading

/// What the API asks of alerts, silences and messages. The thread `rule-engine` owns them all: it
/// is asked through its mailbox, and answers in a turn.
extension AgentService {
  package var alertmanagerText: String { notificationSettings.alertmanagerText }

  package func notificationView() async throws(NoAnswer) -> NotificationView {
    try await ask { alerting, now in (alerting.view(at: now), false) }
  }

  package func setSilence(
    _ draft: Silence, by caller: Caller
  ) async throws(NoAnswer) -> Result<String, SilenceProblem> {
    let deed = OperatorDeed(.silenceSet, on: draft.id, by: caller, .unknown)
    let result = try await ask(deed) { alerting, now -> (Result<String, SilenceProblem>, Bool) in
      do throws(SilenceProblem) {
        return (.success(try alerting.setSilence(draft, at: now)), true)
      } catch {
        return (.failure(error), false)
      }
    }
    let target = (try? result.get()) ?? draft.id
    await record(OperatorDeed(.silenceSet, on: target, by: caller, result.outcome))
    return result
  }

  package func expireSilence(
    _ id: String, by caller: Caller
  ) async throws(NoAnswer) -> Result<Void, SilenceProblem> {
    let deed = OperatorDeed(.silenceExpired, on: id, by: caller, .unknown)
    let result = try await ask(deed) { alerting, now -> (Result<Void, SilenceProblem>, Bool) in
      do throws(SilenceProblem) {
        return (.success(try alerting.expireSilence(id, at: now)), true)
      } catch {
        return (.failure(error), false)
      }
    }
    await record(OperatorDeed(.silenceExpired, on: id, by: caller, result.outcome))
    return result
  }

  package func messages(
    in state: StoredMessage.State?, limit: Int, before: UInt64?
  ) async throws -> MessagePage {
    try await journal.messages(in: state, limit: limit, before: before)
  }

  package func redeliver(
    _ number: UInt64, by caller: Caller
  ) async throws -> Result<UInt64, RedeliveryProblem> {
    let deed = OperatorDeed(.redeliver, on: "\(number)", by: caller, .unknown)
    let result = try await redeliver(number, deed)
    await record(OperatorDeed(.redeliver, on: "\(number)", by: caller, result.outcome))
    return result
  }

  private func redeliver(
    _ number: UInt64, _ deed: OperatorDeed
  ) async throws -> Result<UInt64, RedeliveryProblem> {
    guard let message = try await journal.message(number) else { return .failure(.notFound) }
    guard message.state == .dead else { return .failure(.notDead(message.state)) }
    return try await ask(deed) { alerting, now in
      do throws(RedeliveryProblem) {
        return (.success(try alerting.redeliver(message, at: now)), true)
      } catch {
        return (.failure(error), false)
      }
    }
  }

  /// The same for what an operator wants changed. When there is no answer it may come to be all the
  /// same: then `deed` says so.
  private func ask<Reply: Sendable>(
    _ deed: OperatorDeed,
    _ body: @escaping @Sendable (inout AlertingState, Now) -> (reply: Reply, isChange: Bool)
  ) async throws(NoAnswer) -> Reply {
    do throws(NoAnswer) {
      return try await ask(body)
    } catch {
      await record(deed)
      throw error
    }
  }

  /// `body` gives what is to be said, and whether it has changed something, which is committed
  /// before it is said.
  private func ask<Reply: Sendable>(
    _ body: @escaping @Sendable (inout AlertingState, Now) -> (reply: Reply, isChange: Bool)
  ) async throws(NoAnswer) -> Reply {
    let answer = OneReply<Reply?>()
    let deadline = SystemClock.monotonic.advanced(by: Self.askLimit)
    let isTaken = mailbox.ask(
      RuleAsk(deadline: deadline) { alerting, now in
        let (reply, isChange) = body(&alerting, now)
        return RuleAsk.Reply(afterCommit: isChange) { answer.give(reply) }
      })
    guard isTaken else { throw NoAnswer() }
    let timer = Task {
      try? await Task.sleep(for: Self.askLimit)
      answer.give(nil)
    }
    defer { timer.cancel() }
    guard let reply = await answer.value() else { throw NoAnswer() }
    return reply
  }
}

extension Result where Failure: CustomStringConvertible {
  fileprivate var outcome: ActionOutcome {
    switch self {
    case .success: .done
    case .failure(let problem): .refused(problem.description)
    }
  }
}
