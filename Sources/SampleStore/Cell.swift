import PromQL

/// What a row of a column holds: the bits of a sample, the stale marker, or nothing.
///
/// Columns are compared bit by bit, so that a NaN equals itself and -0 is not 0.
package enum Cell {
  /// Nothing was appended; a NaN that no computation gives.
  package static let absent: UInt64 = 0x7ff4_b1a7_4b0d_e01d
  package static let stale = StaleMarker.bits

  /// The bits of a sample; the one NaN that means nothing here becomes an ordinary one.
  package static func bits(of value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits == absent ? Double.nan.bitPattern : bits
  }

  /// Whether there is a value: neither nothing nor the end of the series.
  static func isSample(_ bits: UInt64) -> Bool { bits != absent && bits != stale }
}

/// A value for each row of a group at one instant. Rows beyond its end hold nothing.
package typealias Column = [UInt64]

extension Array where Element == UInt64 {
  /// What the row holds.
  func cell(_ row: Int) -> UInt64 { row < count ? self[row] : Cell.absent }
}
