import Signals

/// An instant as Go's `time.Time`, with the clocks of a place; arithmetic wraps and never traps.
package struct GoTime: Equatable, Sendable {
  /// Since 1970, rounded down.
  let seconds: Int64
  /// From 0 to 999,999,999.
  let nanosecond: Int64
  /// `nil` is UTC.
  let zone: TimeZoneRules?

  /// Go's time that is none.
  static let zero = GoTime(seconds: -62_135_596_800, nanosecond: 0)

  init(seconds: Int64, nanosecond: Int64, zone: TimeZoneRules? = nil) {
    self.seconds = seconds
    self.nanosecond = nanosecond
    self.zone = zone
  }

  /// The same instant by other clocks.
  func at(_ zone: TimeZoneRules?) -> GoTime {
    GoTime(seconds: seconds, nanosecond: nanosecond, zone: zone)
  }

  func isSameInstant(_ other: GoTime) -> Bool {
    seconds == other.seconds && nanosecond == other.nanosecond
  }

  /// Of the clocks, then.
  private var change: TimeZoneRules.Change? {
    // Instants that do not fit in milliseconds are beyond every rule.
    let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
    let end: Int64 = seconds < 0 ? .min : .max
    return zone?.change(at: Timestamp(milliseconds: overflows ? end : milliseconds))
  }

  /// Seconds ahead of UTC.
  var offset: Int64 { Int64(change?.offset ?? 0) }
  var abbreviation: String { change?.abbreviation ?? "UTC" }
  /// Seconds since 1970 as the clocks show them.
  private var local: Int64 { seconds &+ offset }

  init(milliseconds: Int64) {
    let (second, rest) = Self.divide(milliseconds, 1000)
    self.init(seconds: second, nanosecond: rest * 1_000_000)
  }

  /// The quotient rounded down, and the rest, which is not negative.
  static func divide(_ number: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
    let rest = number % divisor
    return rest < 0 ? (number / divisor - 1, rest + divisor) : (number / divisor, rest)
  }

  func adding(nanoseconds: Int64) -> GoTime {
    let (second, rest) = Self.divide(nanoseconds, 1_000_000_000)
    let sum = nanosecond + rest
    return GoTime(
      seconds: seconds &+ second &+ (sum >= 1_000_000_000 ? 1 : 0),
      nanosecond: sum % 1_000_000_000, zone: zone)
  }

  /// Nanoseconds from the other instant to this one, or the end of their range.
  func since(_ other: GoTime) -> Int64 {
    let whole = Int128(seconds) - Int128(other.seconds)
    let difference = whole * 1_000_000_000 + Int128(nanosecond - other.nanosecond)
    return Int64(clamping: difference)
  }

  func isBefore(_ other: GoTime) -> Bool {
    (seconds, nanosecond) < (other.seconds, other.nanosecond)
  }

  /// Since 1970, in units of so many to a second.
  func count(perSecond: Int64) -> Int64 {
    seconds &* perSecond &+ nanosecond / (1_000_000_000 / perSecond)
  }
}

// MARK: - The calendar

extension GoTime {
  /// Seconds since midnight.
  var secondOfDay: Int64 { Self.divide(local, 86_400).rest }
  var hour: Int64 { secondOfDay / 3600 }
  var minute: Int64 { secondOfDay / 60 % 60 }
  var second: Int64 { secondOfDay % 60 }
  private var day: Int64 { Self.divide(local, 86_400).quotient }
  /// From Sunday, 0.
  var weekday: Int64 { Self.divide(day + 4, 7).rest }
  /// From 1.
  var dayOfYear: Int64 { day - Self.days(year: date.year, month: 1, day: 1) + 1 }

  /// Of the proleptic Gregorian calendar, by eras of 400 years that begin in March.
  var date: (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = Self.divide(day + 719_468, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// Days since 1970 of a date; the month from 1 to 12, the year not beyond some billions.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = divide(year, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Later by years, months and days, cut to a billion of each.
  func adding(years: Int64, months: Int64, days: Int64) -> GoTime {
    func cut(_ number: Int64) -> Int64 { min(max(number, -1_000_000_000), 1_000_000_000) }
    let (year, month, day) = date
    let (more, monthFromZero) = Self.divide(month - 1 + cut(months), 12)
    let first = Self.days(
      year: cut(year) + cut(years) + more, month: monthFromZero + 1, day: day)
    let shown = (first + cut(days)) &* 86_400 &+ secondOfDay
    return GoTime(seconds: shown, nanosecond: nanosecond, zone: zone).readAsLocal
  }

  /// The instant at which the clocks show what this one would be in UTC: by the offset of that
  /// guess, or by the one that holds at what it gives.
  private var readAsLocal: GoTime {
    let guess = GoTime(seconds: seconds &- offset, nanosecond: nanosecond, zone: zone)
    guard guess.offset != offset else { return guess }
    return GoTime(seconds: seconds &- guess.offset, nanosecond: nanosecond, zone: zone)
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  static func monthName(_ month: Int64) -> String {
    (1...12).contains(month) ? months[Int(month - 1)] : "%!Month(\(month))"
  }

  static func weekdayName(_ day: Int64) -> String {
    (0...6).contains(day) ? weekdays[Int(day)] : "%!Weekday(\(day))"
  }
}

extension GoTime {
  /// As it is written in Go.
  var source: String {
    let (year, month, day) = date
    return "time.Date(\(year), time.\(Self.monthName(month)), \(day), \(hour), \(minute), "
      + "\(second), \(nanosecond), "
      + (zone == nil ? "time.UTC)" : "time.Location(\"\(zone?.name ?? "")\"))")
  }
}

extension GoTime: CustomStringConvertible {
  package var description: String {
    TimeLayout.text(of: self, "2006-01-02 15:04:05.999999999 -0700 MST")
  }
}
