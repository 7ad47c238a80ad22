package import Notifications

/// The rule engine or the journal did not answer in time. What was asked may still come to be.
package struct NoAnswer: Error, Equatable {
  package init() {}
}

/// What the web server may ask of alerts, silences and messages.
package protocol NotificationInterface: Sendable {
  /// The running configuration as Alertmanager's grammar has it, without any receiver's settings.
  var alertmanagerText: String { get }
  func notificationView() async throws(NoAnswer) -> NotificationView
  /// Creates a silence when the id is empty, else changes the one of that id; gives its id, which
  /// may be a new one. It is committed by then.
  func setSilence(
    _ draft: Silence, by caller: Caller
  ) async throws(NoAnswer) -> Result<String, SilenceProblem>
  /// Ends a silence. That is committed by then.
  func expireSilence(
    _ id: String, by caller: Caller
  ) async throws(NoAnswer) -> Result<Void, SilenceProblem>
  /// Messages of this state, or all, newest first, of those before a number. Throws when the
  /// journal cannot be read.
  func messages(
    in state: StoredMessage.State?, limit: Int, before: UInt64?
  ) async throws -> MessagePage
  /// Sends a message again that was given up; gives the number of the new one. Throws when the
  /// journal cannot be read, or `NoAnswer`.
  func redeliver(
    _ number: UInt64, by caller: Caller
  ) async throws -> Result<UInt64, RedeliveryProblem>
}

/// An agent that tells nobody anything.
extension NotificationInterface {
  package var alertmanagerText: String { "" }
  package func notificationView() async throws(NoAnswer) -> NotificationView { .init() }
  package func setSilence(
    _ draft: Silence, by caller: Caller
  ) async throws(NoAnswer) -> Result<String, SilenceProblem> { throw NoAnswer() }
  package func expireSilence(
    _ id: String, by caller: Caller
  ) async throws(NoAnswer) -> Result<Void, SilenceProblem> { .failure(.notFound) }
  package func messages(
    in state: StoredMessage.State?, limit: Int, before: UInt64?
  ) async throws -> MessagePage { MessagePage() }
  package func redeliver(
    _ number: UInt64, by caller: Caller
  ) async throws -> Result<UInt64, RedeliveryProblem> { .failure(.notFound) }
}
