extension RFC3339 {
  /// The instant of `2026-11-22T10:00:00Z` or `2026-11-22T12:00:00.5+02:00`, cut to whole
  /// milliseconds; `nil` for anything else and for days that there are not.
  package static func timestamp(_ text: String) -> Timestamp? {
    var reader = Reader(rest: text.utf8[...])
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2),
      reader.take("-"), let day = reader.digits(2), reader.take("T") || reader.take("t"),
      let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2),
      reader.take(":"), let second = reader.digits(2), let fraction = reader.milliseconds(),
      let offset = reader.offset(), reader.rest.isEmpty
    else { return nil }
    guard (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year: year),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = days(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    return Timestamp(milliseconds: seconds * 1000 + fraction)
  }

  static func length(ofMonth month: Int64, year: Int64) -> Int64 {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// Days since 1970-01-01, by eras of 400 years that begin in March; year 0 to 9999.
  static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    // 400 years earlier and their days back: so that nothing is negative.
    let marchYear = year + 400 - (month <= 2 ? 1 : 0)
    let era = marchYear / 400
    let yearOfEra = marchYear % 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era - 1) * 146_097 + dayOfEra - 719_468
  }

  private struct Reader {
    var rest: Substring.UTF8View

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard let first = rest.first, UInt32(first) == character.value else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int64? {
      var value: Int64 = 0
      for _ in 0..<count {
        guard let digit = digit() else { return nil }
        value = value * 10 + digit
      }
      return value
    }

    private mutating func digit() -> Int64? {
      guard let first = rest.first,
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
      else { return nil }
      rest = rest.dropFirst()
      return Int64(first - UInt8(ascii: "0"))
    }

    /// `.123…`, of which three digits count; 0 when there is no point.
    mutating func milliseconds() -> Int64? {
      guard take(".") else { return 0 }
      var value: Int64 = 0
      var count = 0
      while let digit = digit() {
        if count < 3 { value = value * 10 + digit }
        count += 1
      }
      guard count > 0 else { return nil }
      for _ in count..<max(3, count) { value *= 10 }
      return value
    }

    /// `Z` or `+01:30`, in minutes.
    mutating func offset() -> Int64? {
      if take("Z") || take("z") { return 0 }
      let sign: Int64 = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24,
        minutes < 60
      else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}
