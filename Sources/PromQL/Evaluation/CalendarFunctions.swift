/// The functions of a date, all in UTC, of seconds since the Unix epoch.
enum CalendarFunction: String, CaseIterable {
  case minute, hour, month, year
  case dayOfMonth = "day_of_month"
  case dayOfWeek = "day_of_week"
  case dayOfYear = "day_of_year"
  case daysInMonth = "days_in_month"

  /// Of `seconds`, cut towards zero; what no Int64 holds counts as its least value, as Go's
  /// conversion has it.
  func apply(_ seconds: Double) -> Double {
    let whole = seconds > -0x1p63 && seconds < 0x1p63 ? Int64(seconds) : Int64.min
    let day = Self.floorDivide(whole, 86_400)
    let date = CivilDate(day: day)
    switch self {
    case .minute: return Double((whole &- day &* 86_400) / 60 % 60)
    case .hour: return Double((whole &- day &* 86_400) / 3600)
    case .month: return Double(date.month)
    case .year: return Double(date.year)
    case .dayOfMonth: return Double(date.dayOfMonth)
    case .dayOfWeek: return Double(Self.floorModulo(day + 4, 7))  // 1970-01-01 was a Thursday
    case .dayOfYear: return Double(day - CivilDate.day(year: date.year, month: 1) + 1)
    case .daysInMonth: return Double(date.daysInMonth)
    }
  }

  private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    number / divisor - (number % divisor < 0 ? 1 : 0)
  }
  private static func floorModulo(_ number: Int64, _ divisor: Int64) -> Int64 {
    number - floorDivide(number, divisor) * divisor
  }
}

/// A date of the proleptic Gregorian calendar.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let dayOfMonth: Int64

  /// By eras of 400 years that begin in March.
  init(day: Int64) {
    let shifted = day + 719_468
    let era = shifted / 146_097 - (shifted % 146_097 < 0 ? 1 : 0)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    dayOfMonth = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The day on which a month begins.
  static func day(year: Int64, month: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400 - (shifted % 400 < 0 ? 1 : 0)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  var daysInMonth: Int64 {
    let (nextYear, nextMonth) = month == 12 ? (year + 1, 1) : (year, month + 1)
    return Self.day(year: nextYear, month: nextMonth) - Self.day(year: year, month: month)
  }
}
