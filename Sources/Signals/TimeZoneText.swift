/// The rule at the end of a time zone file, for the years that it has no table for:
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct TimeZoneText {
  private struct Clock {
    var abbreviation: String
    /// Seconds ahead of UTC.
    var offset: Int
  }

  private struct Day {
    enum Kind {
      /// A weekday (0 is Sunday) of a month; week 5 is its last.
      case weekday(month: Int64, week: Int64, weekday: Int64)
      /// From 1, without the 29th of February.
      case ordinary(Int64)
      /// From 0, with it.
      case plain(Int64)
    }

    var kind: Kind
    /// Seconds after midnight by the clock before the change.
    var time: Int64 = 7200
  }

  private var standard: Clock
  private var summer: Clock?
  private var begin = Day(kind: .weekday(month: 3, week: 2, weekday: 0))
  private var end = Day(kind: .weekday(month: 11, week: 1, weekday: 0))

  init?(_ text: String) {
    var rest = text.utf8[...]
    guard let name = Self.name(&rest), let offset = Self.time(&rest) else { return nil }
    standard = Clock(abbreviation: name, offset: -Int(offset))
    guard !rest.isEmpty else { return }
    guard let name = Self.name(&rest) else { return nil }
    var summer = Clock(abbreviation: name, offset: standard.offset + 3600)
    if rest.first != UInt8(ascii: ",") {
      guard let offset = Self.time(&rest) else { return nil }
      summer.offset = -Int(offset)
    }
    guard let begin = Self.day(&rest), let end = Self.day(&rest), rest.isEmpty else { return nil }
    (self.summer, self.begin, self.end) = (summer, begin, end)
  }

  /// Its changes of clocks after an instant, in seconds since 1970; sorted.
  func changes(after instant: Int64, through lastYear: Int64) -> [TimeZoneRules.Change] {
    guard let summer else { return [] }
    let first = LocalTime(Timestamp(seconds: instant)).year
    var changes: [TimeZoneRules.Change] = []
    for year in first...max(first, lastYear) {
      for (day, from, to) in [(begin, standard, summer), (end, summer, standard)] {
        let at = Self.midnight(day, in: year) + day.time - Int64(from.offset)
        guard at > instant else { continue }
        changes.append(
          TimeZoneRules.Change(
            at: Timestamp(seconds: at), offset: to.offset, abbreviation: to.abbreviation))
      }
    }
    return changes.sorted { $0.at < $1.at }
  }

  /// In seconds since 1970, as if the place were in Greenwich.
  private static func midnight(_ day: Day, in year: Int64) -> Int64 {
    let january = RFC3339.days(year: year, month: 1, day: 1)
    switch day.kind {
    case .ordinary(let number):
      let isAfterLeapDay = number >= 60 && RFC3339.length(ofMonth: 2, year: year) == 29
      return (january + number - 1 + (isAfterLeapDay ? 1 : 0)) * 86_400
    case .plain(let number): return (january + number) * 86_400
    case .weekday(let month, let week, let weekday):
      let first = RFC3339.days(year: year, month: month, day: 1)
      // 1970-01-01 was a Thursday.
      let ahead = (weekday - (first + 4) % 7 + 7) % 7
      var found = ahead + (week - 1) * 7
      if found >= RFC3339.length(ofMonth: month, year: year) { found -= 7 }
      return (first + found) * 86_400
    }
  }
}

extension TimeZoneText {
  private typealias Rest = Substring.UTF8View

  /// Letters, or anything in angle brackets.
  private static func name(_ rest: inout Rest) -> String? {
    let name: Rest
    if rest.first == UInt8(ascii: "<") {
      name = rest.dropFirst().prefix { $0 != UInt8(ascii: ">") }
      guard rest.count >= name.count + 2 else { return nil }
      rest = rest.dropFirst(name.count + 2)
    } else {
      name = rest.prefix { byte in
        ("a"..."z").contains(Unicode.Scalar(byte | 0x20)) && byte >= 0x41
      }
      rest = rest.dropFirst(name.count)
    }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }

  /// `[+-]h[:m[:s]]` in seconds.
  private static func time(_ rest: inout Rest) -> Int64? {
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard var seconds = number(&rest, in: 0...167).map({ $0 * 3600 }) else { return nil }
    for unit in [60, 1] as [Int64] where rest.first == UInt8(ascii: ":") {
      rest = rest.dropFirst()
      guard let more = number(&rest, in: 0...59) else { return nil }
      seconds += more * unit
    }
    return isNegative ? -seconds : seconds
  }

  /// `,M3.5.0/3`, `,J60` or `,59`.
  private static func day(_ rest: inout Rest) -> Day? {
    guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
    var day: Day
    switch rest.first {
    case UInt8(ascii: "M"):
      rest = rest.dropFirst()
      guard let month = number(&rest, in: 1...12), rest.popFirst() == UInt8(ascii: "."),
        let week = number(&rest, in: 1...5), rest.popFirst() == UInt8(ascii: "."),
        let weekday = number(&rest, in: 0...6)
      else { return nil }
      day = Day(kind: .weekday(month: month, week: week, weekday: weekday))
    case UInt8(ascii: "J"):
      rest = rest.dropFirst()
      guard let number = number(&rest, in: 1...365) else { return nil }
      day = Day(kind: .ordinary(number))
    default:
      guard let number = number(&rest, in: 0...365) else { return nil }
      day = Day(kind: .plain(number))
    }
    if rest.first == UInt8(ascii: "/") {
      rest = rest.dropFirst()
      guard let time = time(&rest) else { return nil }
      day.time = time
    }
    return day
  }

  private static func number(_ rest: inout Rest, in range: ClosedRange<Int64>) -> Int64? {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest.dropFirst(digits.count)
    guard digits.count <= 3, let number = Int64(String(decoding: digits, as: UTF8.self)) else {
      return nil
    }
    return range.contains(number) ? number : nil
  }
}
