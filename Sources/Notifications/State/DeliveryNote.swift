/// What came to nothing, for a log line.
package struct DeliveryNote: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// A try, from 1; `detail`: what the receiver said, or why it said nothing.
    case failedTry(Int, detail: String)
    /// The message is tried no more.
    case givenUp(FailureReason)
  }

  /// The name of a receiver, or the address of an Alertmanager.
  package var receiver: String
  /// `slack[0]`; of an Alertmanager, `alertmanager`.
  package var integration: String
  /// The message's number, or the push's.
  package var number: UInt64
  package var kind: Kind

  package init(receiver: String, integration: String, number: UInt64, _ kind: Kind) {
    self.receiver = receiver
    self.integration = integration
    self.number = number
    self.kind = kind
  }
}

extension NotificationState {
  /// What has come to nothing since the last call; beyond a bound, the first of it.
  package mutating func takeNotes() -> [DeliveryNote] {
    defer { notes = [] }
    return notes
  }

  mutating func note(_ kind: DeliveryNote.Kind, _ destination: Destination, _ number: UInt64) {
    note(
      DeliveryNote(
        receiver: destination.receiver, integration: destination.integrationName, number: number,
        kind))
  }

  mutating func note(_ note: DeliveryNote) {
    if notes.count < limits.deliveryNotes { notes.append(note) }
  }
}

extension DeliveryResult {
  /// As HTTP has it.
  var isTaken: Bool {
    if case .answered(let answer) = self { AnswerMeaning(of: answer) == .delivered } else { false }
  }

  /// For a person; `reason`: what an answer's body says.
  package func detail(_ reason: String?) -> String {
    switch self {
    case .answered(let answer):
      let said = (300..<400).contains(answer.status) ? "redirects are not followed" : reason
      return "HTTP \(answer.status)" + (said.map { ": \($0)" } ?? "")
    case .failed(let failure, let detail, _): return "\(failure.rawValue): \(detail)"
    }
  }
}
