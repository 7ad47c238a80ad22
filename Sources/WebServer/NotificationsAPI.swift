import Agent
import Notifications
import Signals

/// What `GET /api/v1/notifications` is asked for, checked.
struct MessageQuery: Equatable {
  /// `nil`: all.
  var state: StoredMessage.State?
  var limit = 100
  var before: UInt64?

  init(_ query: [String: String]) throws(Problem) {
    if let text = query["state"] {
      guard let state = StoredMessage.State(rawValue: text) else {
        throw .invalid("state", "queued, delivered or dead is expected")
      }
      self.state = state
    }
    if let text = query["limit"] {
      guard let number = Int(text), EventQuery.limits.contains(number) else {
        throw .invalid("limit", "a number from 1 to 1000 is expected")
      }
      limit = number
    }
    if let text = query["before"] {
      guard let number = Self.number(text) else {
        throw .invalid("before", "the id of a message is expected")
      }
      before = number
    }
  }

  /// The id of a message; `nil` for what is none.
  static func number(_ text: String) -> UInt64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
  }
}

/// The messages of the outbox, and those that have left it. Their bodies are not shown.
struct MessagesView: Encodable {
  let queued: Int
  let delivered: Int
  let dead: Int
  let messages: [MessageView]

  init(_ page: MessagePage) {
    func count(_ state: StoredMessage.State) -> Int {
      let index = StoredMessage.State.allCases.firstIndex(of: state)
      return index.map { page.counts.indices.contains($0) ? page.counts[$0] : 0 } ?? 0
    }
    queued = count(.queued)
    delivered = count(.delivered)
    dead = count(.dead)
    messages = page.messages.map(MessageView.init)
  }
}

struct MessageView: Encodable {
  struct Alerts: Encodable {
    let firing: Int
    let resolved: Int
  }

  let id: String
  let receiver: String
  /// `webhook[0]`
  let integration: String
  let groupKey: String
  let reason: String
  let state: String
  let created: String
  let expires: String
  @OrNull var ended: String?
  /// Why it was given up.
  @OrNull var failure: String?
  let alerts: Alerts

  init(_ message: MessageSummary) {
    let destination = message.lane.destination
    id = "\(message.number)"
    receiver = destination.receiver
    integration = "\(destination.kind.rawValue)[\(destination.integration)]"
    groupKey = message.lane.group.text
    reason = message.reason.rawValue
    state = message.state.rawValue
    created = message.created.rfc3339
    expires = message.expires.rfc3339
    ended = message.ended?.rfc3339
    if case .failed(let reason)? = message.end { failure = reason.rawValue }
    alerts = Alerts(firing: message.firing, resolved: message.resolved)
  }
}

struct RedeliveryView: Encodable {
  let id: String
}

extension Problem {
  init(_ problem: RedeliveryProblem) {
    switch problem {
    case .notFound: self = .notFound(problem.description)
    case .notDead, .receiverRemoved: self = .conflict(problem.description)
    case .full: self = .unavailable(problem.description)
    }
  }
}
