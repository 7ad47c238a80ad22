import Notifications
import Signals

/// Reads `time_intervals`.
extension ConfigFile {
  private static let intervalsLimit = 1000
  private static let rangesLimit = 100
  static let intervalNameLimit = 100

  /// By name; also what stands under the key that they had before. What has no name, which is
  /// reported, is under the empty one.
  static func readTimeIntervals(_ root: Section) -> [String: [TimeInterval]] {
    var intervals: [String: [TimeInterval]] = [:]
    for key in ["time_intervals", "mute_time_intervals"] {
      for item in root[key]?.items(atMost: intervalsLimit) ?? [] {
        Section.read(item) { section in
          let name = section.required("name")?.text(length: 1...intervalNameLimit) ?? ""
          let items = section["time_intervals"]?.items(atMost: rangesLimit) ?? []
          if intervals[name] != nil && !name.isEmpty {
            section.report("another time interval has this name too", at: "name")
          }
          intervals[name] = items.compactMap { Section.read($0, readTimeInterval) ?? nil }
        }
      }
    }
    return intervals
  }

  /// `nil` when no instant can be in it.
  private static func readTimeInterval(_ section: Section) -> TimeInterval? {
    var interval = TimeInterval()
    var isEmpty = false
    func list<T>(_ key: String, _ read: (Value) -> T?) -> [T] {
      guard let value = section[key], !value.node.isNull,
        let items = value.items(atMost: rangesLimit)
      else { return [] }
      if items.isEmpty {
        isEmpty = true
        value.warn("an empty list: no time is within it")
      }
      return items.compactMap(read)
    }
    interval.times = list("times") { Section.read($0, readTimes) ?? nil }
    interval.weekdays = list("weekdays") { readRange($0, .weekdays) }
    interval.daysOfMonth = list("days_of_month", readDays)
    interval.months = list("months") { readRange($0, .months) }
    interval.years = list("years") { readRange($0, .years) }
    section["location"]?.takes(.described("a time zone such as Europe/Berlin, UTC or Local"))
    if let value = section["location"], let name = value.text(length: 1...100) {
      if let zone = TimeZones.rules(named: name) {
        interval.zone = zone
      } else {
        value.report("no time zone of the system's database (tzdata); write it as Europe/Berlin")
      }
    }
    return isEmpty ? nil : interval
  }

  private static func readTimes(_ section: Section) -> Range<Int>? {
    let start = section.required("start_time").flatMap(readMinute)
    let end = section.required("end_time").flatMap(readMinute)
    guard let start, let end else { return nil }
    guard start < end else {
      section.report("not after start_time; the next day is another interval", at: "end_time")
      return nil
    }
    return start..<end
  }

  /// `HH:MM` up to `24:00`, as minutes.
  private static func readMinute(_ value: Value) -> Int? {
    guard let text = value.scalar("a time such as 09:30") else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isDigit) }),
      let hour = Int(Substring(parts[0])), let minute = Int(Substring(parts[1])),
      minute < 60, hour * 60 + minute <= 1440
    else {
      value.report("expected a time from 00:00 to 24:00")
      return nil
    }
    return hour * 60 + minute
  }

  private static func readDays(_ value: Value) -> TimeInterval.DayRange? {
    let what = "days such as 1, 5:7 or -3:-1, from 1 to 31 or from -31 to -1"
    guard let (first, last) = ends(of: value, what) else { return nil }
    guard let first = Int(first), let last = Int(last), first != 0, last != 0,
      (-31...31).contains(first), (-31...31).contains(last)
    else {
      value.report("expected \(what)")
      return nil
    }
    guard first > 0 || last < 0 else {
      value.report("begins at a month's end; the last day must be negative too")
      return nil
    }
    // In the shortest month.
    let (from, to) = (first < 0 ? 28 + first : first, last < 0 ? 28 + last : last)
    guard from <= to else {
      value.report("the first day is after the last")
      return nil
    }
    return .init(first: first, last: last)
  }

  /// What a range counts.
  private struct RangeKind {
    var what: String
    var names: [String] = []
    /// Of the first name.
    var firstNumber = 0
    var numbers: ClosedRange<Int>?

    static let weekdays = Self(
      what: "weekdays such as sunday or monday:friday",
      names: [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
      ])
    static let months = Self(
      what: "months such as may, 5 or june:august",
      names: [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
      ], firstNumber: 1, numbers: 1...12)
    static let years = Self(
      what: "years such as 2027 or 2027:2030", numbers: 0...9999)

    func number(_ word: String) -> Int? {
      if let place = names.firstIndex(of: word.lowercased()) { return place + firstNumber }
      guard let numbers, let number = Int(word), numbers.contains(number) else { return nil }
      return number
    }
  }

  private static func readRange(_ value: Value, _ kind: RangeKind) -> ClosedRange<Int>? {
    guard let (first, last) = ends(of: value, kind.what) else { return nil }
    guard let from = kind.number(first), let to = kind.number(last) else {
      let wrong = kind.number(first) == nil ? first : last
      value.report("expected \(kind.what)", nearest: Nearest.word(to: wrong, among: kind.names))
      return nil
    }
    guard from <= to else {
      value.report("ends before it begins; write two ranges")
      return nil
    }
    return from...to
  }

  /// What stands on both sides of a colon; without one, the same twice.
  private static func ends(of value: Value, _ what: String) -> (String, String)? {
    guard let text = value.scalar(what) else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      .map { $0.filter { $0 != " " } }
    guard let first = parts.first, let last = parts.last, parts.count <= 2, !first.isEmpty,
      !last.isEmpty
    else {
      value.report("expected \(what)")
      return nil
    }
    return (first, last)
  }
}
