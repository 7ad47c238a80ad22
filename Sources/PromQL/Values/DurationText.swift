/// Durations as Prometheus writes them.
package enum DurationText {
  /// `1h30m`; years, weeks only where nothing smaller is left.
  package static func text(milliseconds: Int64) -> String {
    if milliseconds == 0 { return "0s" }
    var rest = milliseconds.magnitude
    var out = milliseconds < 0 ? "-" : ""
    for unit in units where !unit.isExact || rest.isMultiple(of: unit.length) {
      let count = rest / unit.length
      guard count > 0 else { continue }
      out += "\(count)\(unit.name)"
      rest -= count * unit.length
    }
    return out
  }

  private static let units: [(name: String, length: UInt64, isExact: Bool)] = [
    ("y", 31_536_000_000, true), ("w", 604_800_000, true), ("d", 86_400_000, false),
    ("h", 3_600_000, false), ("m", 60_000, false), ("s", 1000, false), ("ms", 1, false),
  ]

  /// A number, or a duration in a number's place.
  static func literal(_ literal: NumberLiteral) -> String {
    guard literal.isDuration, let milliseconds = Int64(exactly: (literal.value * 1000).rounded())
    else { return FloatText.decimal(literal.value) }
    let isMinusZero = milliseconds == 0 && literal.value.sign == .minus
    return (isMinusZero ? "-" : "") + text(milliseconds: milliseconds)
  }
}
