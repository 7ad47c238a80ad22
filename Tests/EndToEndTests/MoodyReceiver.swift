import Foundation
import Synchronization
import TestSupport

/// A receiver that answers with random faults until it is calm, and remembers what it answered.
final class MoodyReceiver: Sendable {
  struct Try: Sendable {
    /// The last part of the URL.
    var life: Int
    var key: String
    var mcp: String
    var status: String
    /// The first of the message.
    var alert: JSON
    var body: [UInt8]
    /// The receiver has it, whether the sender knows or not.
    var isTaken = false
    /// With 200.
    var isAnswered = false
  }

  private struct State: Sendable {
    var dice: SeededRandom
    var isCalm = false
    var tries: [Try] = []
    /// What the next try sets off, before it is answered.
    var trap: (@Sendable () -> Void)?
  }

  private final class Memory: Sendable {
    let state: Mutex<State>
    init(seed: UInt64) { state = Mutex(State(dice: SeededRandom(seed: seed))) }
  }

  private let memory: Memory
  private let receiver: ScriptedReceiver

  init(seed: UInt64) {
    let memory = Memory(seed: seed)
    self.memory = memory
    receiver = ScriptedReceiver { request in
      let (answer, trap) = memory.state.withLock { state in
        let answer = state.isCalm ? .status(200) : Self.answer(&state.dice)
        state.tries.append(Self.read(request, answer))
        return (answer, state.trap.take())
      }
      trap?()
      return answer
    }
  }

  var url: String { receiver.url }
  /// In order of arrival.
  var tries: [Try] { memory.state.withLock { $0.tries } }

  func taken(of mcp: String) -> [Try] { tries.filter { $0.mcp == mcp && $0.isTaken } }

  /// From now on everything is taken, and said to be.
  func calm() { memory.state.withLock { $0.isCalm = true } }

  /// Sets off `action` at the next try, before it is answered; `nil` at none.
  func atNextTry(_ action: (@Sendable () -> Void)?) { memory.state.withLock { $0.trap = action } }

  private static func answer(_ dice: inout SeededRandom) -> ScriptedReceiver.Answer {
    switch Int.random(in: 0..<12, using: &dice) {
    case 0: .status(503)
    case 1: .status(429, headers: ["Retry-After: 1"])
    case 2: .status(500)
    case 3: .reset
    case 4: .lost
    case 5: .hang
    default: .status(200)
    }
  }

  private static func read(
    _ request: ScriptedReceiver.Request, _ answer: ScriptedReceiver.Answer
  ) -> Try {
    let message = Webhook(request)
    let path = request.line.split(separator: " ").dropFirst().first ?? ""
    var attempt = Try(
      life: path.split(separator: "/").last.flatMap { Int($0) } ?? -1, key: message.key,
      mcp: message.mcp, status: message.status,
      alert: message.body["alerts"].array.first ?? .null, body: request.body)
    switch answer {
    case .status(200, _, _): (attempt.isTaken, attempt.isAnswered) = (true, true)
    case .lost: attempt.isTaken = true
    default: break
    }
    return attempt
  }
}
