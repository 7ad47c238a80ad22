import Signals

/// Durations in nanoseconds, as Go's `time.Duration`.
enum GoDuration {
  static func seconds(_ value: Int64) -> Double { parts(value, 1_000_000_000) }
  static func minutes(_ value: Int64) -> Double { parts(value, 60_000_000_000) }
  static func hours(_ value: Int64) -> Double { parts(value, 3_600_000_000_000) }

  /// The whole part and the rest by themselves, for the rounding that Go has.
  private static func parts(_ value: Int64, _ unit: Int64) -> Double {
    Double(value / unit) + Double(value % unit) / Double(unit)
  }

  /// `1h15m30.918s`
  static func text(_ value: Int64) -> String {
    if value == 0 { return "0s" }
    let sign = value < 0 ? "-" : ""
    let size = value.magnitude
    if size < 1000 { return "\(sign)\(size)ns" }
    if size < 1_000_000 { return sign + fraction(size, 1000) + "µs" }
    if size < 1_000_000_000 { return sign + fraction(size, 1_000_000) + "ms" }
    let minutes = size / 60_000_000_000
    var text = fraction(size % 60_000_000_000, 1_000_000_000) + "s"
    if minutes > 0 { text = "\(minutes % 60)m" + text }
    if minutes >= 60 { text = "\(minutes / 60)h" + text }
    return sign + text
  }

  private static func fraction(_ value: UInt64, _ unit: UInt64) -> String {
    var digits = String(value % unit + unit).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return String(value / unit) + (digits.isEmpty ? "" : "." + digits)
  }

  /// Towards zero, to a multiple of `step`.
  static func truncated(_ value: Int64, to step: Int64) -> Int64 {
    step <= 0 ? value : value - value % step
  }

  /// To the nearest multiple of `step`, a half away from zero.
  static func rounded(_ value: Int64, to step: Int64) -> Int64 {
    guard step > 0 else { return value }
    let rest = value % step
    let whole = value - rest
    let goesOn = rest.magnitude >= step.magnitude - rest.magnitude
    return goesOn ? whole.addingSaturating(value < 0 ? -step : step) : whole
  }
}
