import CLinux
package import Signals

/// Wakes one thread that waits for work. Ringing is cheap, never blocks and is never lost.
package final class Bell: Sendable {
  /// Readable once it has rung, for who waits for something else too; only `wait` clears it.
  package let descriptor: Int32

  /// `nil` when the process has no descriptor left.
  package init?() {
    descriptor = clinux_bell_create()
    if descriptor < 0 { return nil }
  }
  deinit { clinux_close(descriptor) }

  package func ring() { clinux_bell_ring(descriptor) }

  /// Returns when the bell has rung since the last wait, or at `deadline`.
  package func wait(until deadline: MonotonicInstant?) {
    var timeout: Int32 = -1
    if let deadline {
      let left = SystemClock.monotonic.duration(to: deadline).wholeMicroseconds
      timeout = Int32(clamping: max(0, left.addingSaturating(999) / 1000))
    }
    clinux_bell_wait(descriptor, timeout)
  }
}
