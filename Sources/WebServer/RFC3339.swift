import Signals

extension Timestamp {
  /// `2026-07-28T12:00:00.000Z`: UTC with milliseconds. Years beyond 0 to 9999 are cut to them.
  var rfc3339: String {
    let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = clamped.flooredDivision(by: 86_400_000)
    let (year, month, day) = Self.civil(days: days)
    let date = "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))"
    let seconds = inDay / 1000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(2) }
    return "\(date)T\(clock.joined(separator: ":")).\((inDay % 1000).padded(3))Z"
  }

  /// The day of the Gregorian calendar, counted from 1970-01-01.
  ///
  /// Years begin in March here, so that a leap day is a year's last: 146097 days are 400 years.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  fileprivate func padded(_ width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
