/// Why samples of the agent's own series were dropped; the label `reason` of
/// `breakwater_head_samples_dropped_total`.
package enum SampleDropReason: String, CaseIterable, Sendable {
  /// Not later than what was there.
  case outOfOrder = "out_of_order"
  /// Of a series too many, or one that another group has.
  case series
  /// Before their time, for want of memory.
  case memory
  /// Stored, and not readable after a restart.
  case corrupt
  /// A transition came while too many waited to be appended.
  case queue
}

/// What the sample store counts about itself.
package struct HeadFigures: Equatable, Sendable {
  package var series = 0
  package var appended: UInt64 = 0
  /// Estimated memory.
  package var bytes = 0
  /// In the order of `SampleDropReason.allCases`.
  package var dropped = [UInt64](repeating: 0, count: SampleDropReason.allCases.count)

  package init() {}

  package mutating func drop(_ reason: SampleDropReason, _ samples: Int) {
    guard let index = SampleDropReason.allCases.firstIndex(of: reason) else { return }
    dropped[index] += UInt64(max(0, samples))
  }
}
