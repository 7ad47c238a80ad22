import CLibpq
import Signals
import Synchronization
import Threading

/// Cancels statements. `PQcancel` blocks, for ever when the server is stopped: it has the thread
/// `postgres-cancel`, of which there is one at a time.
package final class CancelThread: Sendable {
  private let isRunning = Atomic(false)
  private let started = Atomic(0)

  package init() {}

  /// Cancels sent so far.
  package var count: Int { started.load(ordering: .relaxed) }

  /// A cancel that is on its way.
  final class Order: Sendable {
    private let isDone = Atomic(false)
    private let bell: Bell

    fileprivate init(_ bell: Bell) { self.bell = bell }

    fileprivate func finish() {
      isDone.store(true, ordering: .releasing)
      bell.ring()
    }

    /// False when it is still on its way at `deadline`.
    func wait(until deadline: MonotonicInstant) -> Bool {
      while !isDone.load(ordering: .acquiring) {
        if SystemClock.monotonic >= deadline { return false }
        bell.wait(until: deadline)
      }
      return true
    }
  }

  /// `nil` when one hangs already, or the system has no means.
  func start(_ connection: OpaquePointer) -> Order? {
    guard let bell = Bell(),
      isRunning.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
        .exchanged
    else { return nil }
    guard let handle = unsafe PQgetCancel(connection) else {
      isRunning.store(false, ordering: .releasing)
      return nil
    }
    let order = Order(bell)
    let bits = UInt(bitPattern: handle)
    let thread = NamedThread("postgres-cancel") {
      var words = [CChar](repeating: 0, count: 256)
      let handle = unsafe OpaquePointer(bitPattern: bits)
      _ = unsafe PQcancel(handle, &words, Int32(words.count))
      unsafe PQfreeCancel(handle)
      self.isRunning.store(false, ordering: .releasing)
      order.finish()
    }
    guard thread != nil else {
      unsafe PQfreeCancel(handle)
      isRunning.store(false, ordering: .releasing)
      return nil
    }
    started.add(1, ordering: .relaxed)
    return order
  }
}
