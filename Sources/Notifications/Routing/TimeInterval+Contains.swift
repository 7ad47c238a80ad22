package import Signals

extension TimeInterval {
  /// Whether the clocks of its place show a time within it.
  package func contains(_ instant: Timestamp) -> Bool {
    let local = LocalTime(instant, zone)
    return Self.isIn(times, local.minuteOfDay)
      && Self.isIn(weekdays, local.weekday)
      && (daysOfMonth.isEmpty || daysOfMonth.contains { $0.contains(local) })
      && Self.isIn(months, local.month)
      && Self.isIn(years, Int(clamping: local.year))
  }

  private static func isIn<Ranges: Collection>(_ ranges: Ranges, _ number: Int) -> Bool
  where Ranges.Element: RangeExpression<Int> {
    ranges.isEmpty || ranges.contains { $0.contains(number) }
  }
}

extension TimeInterval.DayRange {
  /// A range that begins after the month's end has none of its days; otherwise its ends are cut to
  /// the month.
  fileprivate func contains(_ local: LocalTime) -> Bool {
    let days = local.daysInMonth
    let (first, last) = (Self.day(first, of: days), Self.day(last, of: days))
    return first <= days && local.dayOfMonth >= first && local.dayOfMonth <= last
  }

  private static func day(_ number: Int, of days: Int) -> Int {
    number < 0 ? days + number + 1 : number
  }
}

extension Sequence<TimeInterval> {
  /// Whether one of them has the instant.
  package func contain(_ instant: Timestamp) -> Bool { contains { $0.contains(instant) } }
}
