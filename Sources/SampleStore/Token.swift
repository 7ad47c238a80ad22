/// How a cell follows from the one before it: what a slot stores of a row that changed.
///
/// What the agent measures are counts, milliseconds and microseconds, so most steps are whole
/// numbers of one of these; what is none of them keeps the bits that differ.
enum Token: Equatable {
  case absent
  case stale
  /// Whole steps of the unit with this index in `units`.
  case step(unit: Int, Int64)
  case bits(UInt64)

  /// Units per one: whole, thousandths, millionths.
  static let units: [Double] = [1, 1e3, 1e6]

  init(from old: UInt64, to new: UInt64) {
    if new == Cell.absent {
      self = .absent
    } else if new == Cell.stale {
      self = .stale
    } else if let whole = Self.count(new, 1) {
      self = .step(unit: 0, whole - (Self.count(old, 1) ?? 0))
    } else if let thousandths = Self.count(new, 1e3) {
      self = .step(unit: 1, thousandths - (Self.count(old, 1e3) ?? 0))
    } else if let millionths = Self.count(new, 1e6) {
      self = .step(unit: 2, millionths - (Self.count(old, 1e6) ?? 0))
    } else {
      self = .bits(new ^ old)
    }
  }

  /// The cell that follows `old`; `nil` when the token is of other bits' making.
  func cell(after old: UInt64) -> UInt64? {
    switch self {
    case .absent: return Cell.absent
    case .stale: return Cell.stale
    case .bits(let difference): return old ^ difference
    case .step(let unit, let steps):
      let units = Self.units[unit]
      let (count, overflow) = (Self.count(old, units) ?? 0).addingReportingOverflow(steps)
      if overflow { return nil }
      return (unit == 0 ? Double(count) : Double(count) / units).bitPattern
    }
  }

  /// The value in whole units when that says it exactly; at most 2^53 of them.
  private static func count(_ bits: UInt64, _ units: Double) -> Int64? {
    let product = Double(bitPattern: bits) * units
    guard product.magnitude < 0x1p53 else { return nil }
    // Rounded by the conversion: `rounded` is a call, and this is done for each value that changes.
    let count = Int64(product < 0 ? product - 0.5 : product + 0.5)
    let value = units == 1 ? Double(count) : Double(count) / units
    return value.bitPattern == bits ? count : nil
  }
}
