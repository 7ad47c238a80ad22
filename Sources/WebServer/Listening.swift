import Synchronization

/// Tells whoever asks when every listener is open, and where.
final class Listening: Sendable {
  private enum State {
    case opening([ListenAddress?], [CheckedContinuation<[ListenAddress], any Error>])
    case open([ListenAddress])
    case ended(any Error)
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(.opening(Array(repeating: nil, count: count), [])) }

  var isOpen: Bool { state.withLock { if case .open = $0 { true } else { false } } }

  func opened(_ index: Int, at address: ListenAddress) {
    let (waiting, all) = state.withLock { state in
      guard case .opening(var found, let waiting) = state, found.indices.contains(index) else {
        return ([CheckedContinuation<[ListenAddress], any Error>](), [ListenAddress]())
      }
      found[index] = address
      let all = found.compactMap { $0 }
      guard all.count == found.count else {
        state = .opening(found, waiting)
        return ([], [])
      }
      state = .open(all)
      return (waiting, all)
    }
    for one in waiting { one.resume(returning: all) }
  }

  func ended(_ reason: any Error) {
    let waiting = state.withLock { state in
      defer { state = .ended(reason) }
      if case .opening(_, let waiting) = state { return waiting }
      return []
    }
    for one in waiting { one.resume(throwing: reason) }
  }

  func addresses() async throws -> [ListenAddress] {
    try await withCheckedThrowingContinuation { continuation in
      let known: Result<[ListenAddress], any Error>? = state.withLock { state in
        switch state {
        case .opening(let found, let waiting):
          state = .opening(found, waiting + [continuation])
          return nil
        case .open(let all): return .success(all)
        case .ended(let reason): return .failure(reason)
        }
      }
      if let known { continuation.resume(with: known) }
    }
  }
}
