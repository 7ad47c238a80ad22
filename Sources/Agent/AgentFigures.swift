package import Signals

/// What the agent counts about itself.
package struct AgentFigures: Equatable, Sendable {
  package var inFlight = 0
  package var lag = DurationHistogram()
  /// In the order of `SkipReason.allCases`.
  package var skipped: [UInt64] = Array(repeating: 0, count: SkipReason.allCases.count)
  /// Reports of permits that count no more.
  package var staleReports: UInt64 = 0
  package var eventsDropped: UInt64 = 0
  /// Records of MCPs that are not configured, forgotten because there were too many.
  package var recordsDropped: UInt64 = 0
  /// Listings that were kept without their texts, or not at all.
  package var cataloguesCut: UInt64 = 0
  /// Rows of the feed given up while the journal refused them.
  package var feedRowsDropped: UInt64 = 0
  /// What is left alone now.
  package var quarantined: [QuarantinedItem] = []

  package init() {}

  mutating func skip(_ reason: SkipReason, times: UInt64 = 1) {
    guard let index = SkipReason.allCases.firstIndex(of: reason) else { return }
    skipped[index] += times
  }
}
