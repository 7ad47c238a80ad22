import CLinux
import Synchronization

/// What is asked of a thread of transfers, in order, and the bell that wakes it.
final class Mailbox<Letter: Sendable>: Sendable {
  private struct State {
    var letters: [Letter] = []
    var isRung = false
    var isClosed = false
    var inFlight = 0
  }

  /// Readable while there are letters.
  let bell: Int32
  private let state = Mutex(State())

  init() throws(ProberError) {
    bell = clinux_bell_create()
    guard bell >= 0 else {
      throw ProberError(description: "no eventfd: error \(clinux_last_error())")
    }
  }

  deinit { clinux_close(bell) }

  /// Orders taken and not yet answered.
  var inFlight: Int { state.withLock { $0.inFlight } }

  /// Takes a letter that holds so many orders; false when nothing is taken any more.
  @discardableResult func post(_ letter: Letter, orders: Int = 0) -> Bool {
    let (isTaken, mustRing) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.inFlight += orders
      state.letters.append(letter)
      defer { state.isRung = true }
      return (true, !state.isRung)
    }
    if mustRing { clinux_bell_ring(bell) }
    return isTaken
  }

  /// All letters since the last call; `closing` refuses those that come later.
  func take(closing: Bool = false) -> [Letter] {
    clinux_bell_clear(bell)
    return state.withLock { state in
      defer {
        state.letters = []
        state.isRung = false
        if closing { state.isClosed = true }
      }
      return state.letters
    }
  }

  /// So many orders have been answered, or need no answer any more.
  func ended(_ count: Int) {
    if count > 0 { state.withLock { $0.inFlight -= count } }
  }
}
