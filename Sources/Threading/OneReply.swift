import Synchronization

/// A value that one thread gives and one task waits for. The first that is given counts.
package final class OneReply<Value: Sendable>: Sendable {
  private enum State {
    case open
    case waitedFor(CheckedContinuation<Value, Never>)
    case given(Value)
    case over
  }

  private let state = Mutex(State.open)

  package init() {}

  /// From any thread; never waits.
  package func give(_ value: Value) {
    let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .open:
        state = .given(value)
        return nil
      case .waitedFor(let waiter):
        state = .over
        return waiter
      case .given, .over: return nil
      }
    }
    waiter?.resume(returning: value)
  }

  /// To be called once.
  package func value() async -> Value {
    await withCheckedContinuation { waiter in
      let value: Value? = state.withLock { state in
        if case .given(let value) = state {
          state = .over
          return value
        }
        state = .waitedFor(waiter)
        return nil
      }
      if let value { waiter.resume(returning: value) }
    }
  }
}
