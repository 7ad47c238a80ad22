/// What calendar and clock show at a place.
package struct LocalTime: Equatable, Sendable {
  package let year: Int64
  /// 1 is January.
  package let month: Int
  package let dayOfMonth: Int
  /// 0 is Sunday.
  package let weekday: Int
  package let minuteOfDay: Int

  package init(_ instant: Timestamp, _ rules: TimeZoneRules = .utc) {
    let offset = Int64(rules.change(at: instant)?.offset ?? 0)
    let seconds = instant.milliseconds.dividedDown(by: 1000).addingSaturating(offset)
    let day = seconds.dividedDown(by: 86_400)
    let date = RFC3339.civil(fromDays: day)
    (year, month, dayOfMonth) = (date.year, Int(date.month), Int(date.day))
    weekday = Int(day + 4 - (day + 4).dividedDown(by: 7) * 7)
    minuteOfDay = Int((seconds - day * 86_400) / 60)
  }

  /// Of its month.
  package var daysInMonth: Int { Int(RFC3339.length(ofMonth: Int64(month), year: year)) }
}

extension Int64 {
  /// The quotient, rounded down.
  fileprivate func dividedDown(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
