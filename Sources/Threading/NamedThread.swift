import CLinux
package import Signals

/// A thread with a name, made for one long loop.
package final class NamedThread: Sendable {
  private let handle: UInt64

  /// Starts the thread; it has its name before `body` begins.
  ///
  /// - Parameter name: at most 15 bytes, or the kernel cuts it.
  /// - Returns: `nil` when the system has no thread left.
  package init?(_ name: String, _ body: @escaping @Sendable () -> Void) {
    final class Start {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let start = unsafe Unmanaged.passRetained(Start(body))
    var handle: UInt64 = 0
    let result = unsafe clinux_thread_start(
      name,
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
      }, start.toOpaque(), &handle)
    guard result == 0 else {
      unsafe start.release()
      return nil
    }
    self.handle = handle
  }

  /// Waits until the thread has ended; false when it still runs at `deadline`. Call it once.
  package func join(until deadline: MonotonicInstant) -> Bool {
    clinux_thread_join(handle, deadline.elapsed.wholeNanoseconds) == 0
  }
}
