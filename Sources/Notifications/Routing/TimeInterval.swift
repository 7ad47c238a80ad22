package import Signals

/// A set of instants by the calendar and the clock of a place: `time_intervals` of Alertmanager. An
/// instant is in it when every kind of range that is there has it; a kind without ranges has all.
package struct TimeInterval: Equatable, Sendable {
  /// Minutes of the day, the end excluded: 0 to 1440.
  package var times: [Range<Int>] = []
  /// 0 is Sunday.
  package var weekdays: [ClosedRange<Int>] = []
  /// 1 is the first day of the month, -1 the last; as written, so the ends may have either sign.
  package var daysOfMonth: [DayRange] = []
  /// 1 is January.
  package var months: [ClosedRange<Int>] = []
  package var years: [ClosedRange<Int>] = []
  package var zone = TimeZoneRules.utc

  package struct DayRange: Equatable, Sendable {
    package var first: Int
    package var last: Int

    package init(first: Int, last: Int) {
      self.first = first
      self.last = last
    }
  }

  package init() {}
}
