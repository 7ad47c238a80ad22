import CLinux
package import Signals

/// The kernel's clocks, read only at the edges.
package enum SystemClock {
  package static var monotonic: MonotonicInstant {
    MonotonicInstant(nanoseconds: clinux_monotonic_ns())
  }
  package static var wall: Timestamp {
    Timestamp(milliseconds: clinux_realtime_ns() / 1_000_000)
  }
  package static var now: Now { Now(monotonic: monotonic, wall: wall) }
}
