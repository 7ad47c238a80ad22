import Agent
import Notifications
import Synchronization

extension FakeAgent {
  var alertmanagerText: String { script.withLock { $0.alertmanagerText } }

  func notificationView() async throws(NoAnswer) -> NotificationView {
    try answered { $0.view }
  }

  func setSilence(
    _ draft: Silence, by caller: Caller
  ) async throws(NoAnswer) -> Result<String, SilenceProblem> {
    try answered { script in
      script.callers.append(caller)
      script.drafts.append(draft)
      if let problem = script.silenceProblem { return .failure(problem) }
      return .success(draft.id.isEmpty ? "new-\(script.drafts.count)" : draft.id)
    }
  }

  func expireSilence(
    _ id: String, by caller: Caller
  ) async throws(NoAnswer) -> Result<Void, SilenceProblem> {
    try answered { script in
      script.callers.append(caller)
      script.expired.append(id)
      return script.silenceProblem.map { .failure($0) } ?? .success(())
    }
  }

  func messages(
    in state: StoredMessage.State?, limit: Int, before: UInt64?
  ) async throws -> MessagePage {
    try answered { script in
      let number = before.map(String.init) ?? "-"
      script.messageQueries.append("\(state?.rawValue ?? "all") \(limit) \(number)")
      return script.page
    }
  }

  func redeliver(
    _ number: UInt64, by caller: Caller
  ) async throws -> Result<UInt64, RedeliveryProblem> {
    try answered { script in
      script.callers.append(caller)
      if let problem = script.redeliveryProblem { return .failure(problem) }
      script.redelivered.append(number)
      return .success(number + 2)
    }
  }

  private func answered<Value>(
    _ body: (inout Script) -> Value
  ) throws(NoAnswer) -> Value {
    let value = script.withLock { $0.answersNothing ? nil : body(&$0) }
    guard let value else { throw NoAnswer() }
    return value
  }
}
