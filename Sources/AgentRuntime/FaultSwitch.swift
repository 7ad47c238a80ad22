import Agent
import Signals
import Synchronization
import Threading

/// Faults that a drill asks for; the coordinator looks once a turn.
final class FaultSwitch: Sendable {
  private let waiting = Mutex<[CoordinatorDrill]>([])
  /// Cheap to look at while there is none.
  private let isSet = Atomic<Bool>(false)

  /// More than this at a time are refused.
  private static let limit = 8

  /// False when too many wait.
  func request(_ drill: CoordinatorDrill) -> Bool {
    waiting.withLock { waiting in
      guard waiting.count < Self.limit else { return false }
      waiting.append(drill)
      isSet.store(true, ordering: .releasing)
      return true
    }
  }

  var hasRoom: Bool { waiting.withLock { $0.count < Self.limit } }

  func take() -> CoordinatorDrill? {
    guard isSet.load(ordering: .acquiring) else { return nil }
    return waiting.withLock { waiting in
      let first = waiting.isEmpty ? nil : waiting.removeFirst()
      if waiting.isEmpty { isSet.store(false, ordering: .relaxed) }
      return first
    }
  }
}

/// Why a coordinator ended by itself.
enum CoordinatorFault: Error, CustomStringConvertible {
  case drill
  case brokenInvariant(String)

  var description: String {
    switch self {
    case .drill: "a drill asked for it"
    case .brokenInvariant(let what): "its state cannot be: \(what)"
    }
  }
}
