/// Instants as people and JSON readers want them.
package enum RFC3339 {
  /// `2026-11-22T10:00:00.000Z`: UTC, milliseconds. Years beyond 0...9999 are cut to those.
  package static func string(_ timestamp: Timestamp) -> String {
    let bounded = min(max(timestamp.milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let day = floorDivide(bounded, 86_400_000)
    let millisecond = bounded - day * 86_400_000
    let (year, month, dayOfMonth) = civil(fromDays: day)
    let second = millisecond / 1000
    return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(dayOfMonth, 2) + "T"
      + pad(second / 3600, 2) + ":" + pad(second / 60 % 60, 2) + ":" + pad(second % 60, 2) + "."
      + pad(millisecond % 1000, 3) + "Z"
  }

  private static func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
  }

  /// The date of the proleptic Gregorian calendar, by eras of 400 years that begin in March.
  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}

// MARK: - Reading

extension RFC3339 {
  /// The instant of `2026-11-22T10:00:00Z` or `2026-11-22T12:00:00.5+02:00`, cut to milliseconds;
  /// `nil` for anything else.
  package static func timestamp(_ text: String) -> Timestamp? {
    var rest = text.utf8[...]
    guard let year = number(4, &rest), skip("-", &rest), let month = number(2, &rest),
      skip("-", &rest), let day = number(2, &rest), skip("Tt ", &rest),
      let hour = number(2, &rest), skip(":", &rest), let minute = number(2, &rest),
      skip(":", &rest), let second = number(2, &rest), let fraction = fraction(&rest),
      let offset = offset(&rest), rest.isEmpty,
      (1...12).contains(month), (1...length(ofMonth: month, year)).contains(day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = days(year, month, day)
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    return Timestamp(milliseconds: seconds * 1000 + fraction)
  }

  private static func skip(_ any: String, _ rest: inout Substring.UTF8View) -> Bool {
    guard let byte = rest.first, any.utf8.contains(byte) else { return false }
    rest.removeFirst()
    return true
  }

  private static func number(_ width: Int, _ rest: inout Substring.UTF8View) -> Int64? {
    let digits = rest.prefix(width)
    guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    rest = rest.dropFirst(width)
    return Int64(String(decoding: digits, as: UTF8.self))
  }

  /// Milliseconds; 0 without a fraction.
  private static func fraction(_ rest: inout Substring.UTF8View) -> Int64? {
    guard skip(".", &rest) else { return 0 }
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    return Int64(String(decoding: digits.prefix(3), as: UTF8.self).padded)
  }

  /// Seconds east of UTC.
  private static func offset(_ rest: inout Substring.UTF8View) -> Int64? {
    if skip("Zz", &rest) { return 0 }
    let isWest = rest.first == UInt8(ascii: "-")
    guard skip("+-", &rest), let hours = number(2, &rest), skip(":", &rest),
      let minutes = number(2, &rest), hours < 24, minutes < 60
    else { return nil }
    return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
  }

  private static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    if month == 2 { return isLeap ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Since 1970, by eras of 400 years that begin in March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension String {
  /// Milliseconds of which zeros at the end were left out.
  fileprivate var padded: String { self + String(repeating: "0", count: max(0, 3 - utf8.count)) }
}
