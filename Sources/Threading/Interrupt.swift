import CLinux
package import Signals

/// Wakes a thread that waits for a socket: `ring` when it is idle, `raise` whatever it waits for.
package final class Interrupt: Sendable {
  private let bell: Int32
  private let stop: Int32

  /// `nil` when the process has no descriptor left.
  package init?() {
    bell = clinux_bell_create()
    stop = clinux_bell_create()
    if bell < 0 || stop < 0 { return nil }
  }
  deinit {
    clinux_close(bell)
    clinux_close(stop)
  }

  /// There is something to do, when what runs has ended. Not lost when nobody waits.
  package func ring() { clinux_bell_ring(bell) }

  /// Ends every wait, also those to come, until `lower`.
  package func raise() { clinux_bell_ring(stop) }

  package func lower() { clinux_bell_clear(stop) }

  package var isRaised: Bool { clinux_wait(-1, 0, stop, -1, 0) & clinux_rung != 0 }

  /// What ended a wait; nothing: time was over.
  package struct Wake: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Wake(rawValue: 1)
    package static let writable = Wake(rawValue: 2)
    /// The ring, which is cleared by the wait that reports it.
    package static let rung = Wake(rawValue: 4)
    package static let raised = Wake(rawValue: 8)
  }

  /// Waits for `descriptor` (below 0: none), for `raise`, and for `ring` if `hearsRing`. A socket
  /// that failed is readable and writable: the next call on it tells.
  package func wait(
    for descriptor: Int32, _ wanted: Wake, hearsRing: Bool = false,
    until deadline: MonotonicInstant
  ) -> Wake {
    var events: UInt32 = 0
    if wanted.contains(.readable) { events |= clinux_readable }
    if wanted.contains(.writable) { events |= clinux_writable }
    while true {
      let left = SystemClock.monotonic.duration(to: deadline).wholeMicroseconds
      let timeout = Int32(clamping: max(0, left.addingSaturating(999) / 1000))
      let found = clinux_wait(descriptor, events, stop, hearsRing ? bell : -1, timeout)
      // A signal, or the end of a time that was cut to what fits.
      if found == 0 && SystemClock.monotonic < deadline { continue }
      return wake(found)
    }
  }

  private func wake(_ found: UInt32) -> Wake {
    var wake: Wake = []
    if found & clinux_readable != 0 { wake.insert(.readable) }
    if found & clinux_writable != 0 { wake.insert(.writable) }
    let others = ~(clinux_readable | clinux_writable | clinux_rung | clinux_rung_second)
    if found & others != 0 { wake.formUnion([.readable, .writable]) }
    if found & clinux_rung != 0 { wake.insert(.raised) }
    if found & clinux_rung_second != 0 {
      clinux_bell_clear(bell)
      wake.insert(.rung)
    }
    return wake
  }
}
