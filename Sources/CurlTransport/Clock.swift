import CLinux
import Signals

/// The prober's clock: nanoseconds of CLOCK_MONOTONIC, as plain numbers to compare.
enum Clock {
  static var nanoseconds: Int64 { clinux_monotonic_ns() }
}

extension Duration {
  /// Whole nanoseconds, between 0 and half of what Int64 holds: sums of two never overflow.
  var clampedNanoseconds: Int64 {
    let most = Int64.max / 2
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? 0 : most }
    return min(max(product.addingSaturating(attoseconds / 1_000_000_000), 0), most)
  }
}
