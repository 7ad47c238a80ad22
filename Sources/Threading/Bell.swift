import CLinux
package import Signals

/// Wakes one thread that waits for work. Ringing is cheap, never blocks and is never lost. Costs no
/// descriptor.
@safe package final class Bell: Sendable {
  private nonisolated(unsafe) let raw: OpaquePointer

  /// `nil` when there is no memory left.
  package init?() {
    guard let raw = unsafe clinux_gong_create() else { return nil }
    unsafe self.raw = raw
  }
  deinit { unsafe clinux_gong_destroy(raw) }

  package func ring() { unsafe clinux_gong_ring(raw) }

  /// Returns when the bell has rung since the last wait, or at `deadline`.
  package func wait(until deadline: MonotonicInstant?) {
    var left: Int64 = -1
    if let deadline {
      left = max(0, SystemClock.monotonic.duration(to: deadline).wholeNanoseconds)
    }
    unsafe clinux_gong_wait(raw, left)
  }
}

/// A bell for who waits for something else too.
package final class PolledBell: Sendable {
  /// Readable once it has rung.
  package let descriptor: Int32

  /// `nil` when the process has no descriptor left.
  package init?() {
    descriptor = clinux_bell_create()
    if descriptor < 0 { return nil }
  }
  deinit { clinux_close(descriptor) }

  package func ring() { clinux_bell_ring(descriptor) }
}
