import Signals

/// The methods of the values that have some: instants, durations, months and days, labels, alerts.
enum Method: String, Sendable {
  case string = "String"
  case format = "Format"
  case add = "Add", sub = "Sub", addDate = "AddDate"
  case unix = "Unix", unixMilli = "UnixMilli", unixMicro = "UnixMicro", unixNano = "UnixNano"
  case year = "Year", month = "Month", day = "Day", hour = "Hour", minute = "Minute"
  case second = "Second", nanosecond = "Nanosecond", weekday = "Weekday", yearDay = "YearDay"
  case date = "Date", clock = "Clock", isoWeek = "ISOWeek", zone = "Zone"
  case utc = "UTC", local = "Local", isZero = "IsZero"
  case before = "Before", after = "After", equal = "Equal", compare = "Compare"
  case seconds = "Seconds", minutes = "Minutes", hours = "Hours"
  case milliseconds = "Milliseconds", microseconds = "Microseconds"
  case nanoseconds = "Nanoseconds"
  case round = "Round", truncate = "Truncate", abs = "Abs"
  case names = "Names", values = "Values", sortedPairs = "SortedPairs", remove = "Remove"
  case firing = "Firing", resolved = "Resolved"

  /// `nil` when the value has no such method.
  static func named(_ name: String, of value: TemplateValue) -> Method? {
    guard let method = Method(rawValue: name) else { return nil }
    let isKnown =
      switch value {
      case .time: !ofDurations.contains(method) && !ofMessages.contains(method)
      case .duration: ofDurations.contains(method) || ofBoth.contains(method)
      case .integer(_, .month), .integer(_, .weekday): method == .string
      case .keyValues: ofLabels.contains(method)
      case .list(_, of: "template.Pair"): [.names, .values, .string].contains(method)
      case .alerts(let list): list.isNamed && [.firing, .resolved].contains(method)
      default: false
      }
    return isKnown ? method : nil
  }

  private static let ofBoth: Set<Method> = [.string, .round, .truncate]
  private static let ofDurations: Set<Method> = [
    .seconds, .minutes, .hours, .milliseconds, .microseconds, .nanoseconds, .abs,
  ]
  private static let ofLabels: Set<Method> = [.names, .values, .sortedPairs, .remove, .string]
  private static let ofMessages: Set<Method> = [
    .names, .values, .sortedPairs, .remove, .firing, .resolved,
  ]

  var signature: Signature {
    switch self {
    case .format: Signature(.string)
    case .add, .round, .truncate: Signature(.duration)
    case .sub, .before, .after, .equal, .compare: Signature(.time)
    case .addDate: Signature(.int, .int, .int)
    case .remove: Signature(.strings)
    case .isoWeek, .zone: Signature(results: 2)
    case .date, .clock: Signature(results: 3)
    default: Signature()
    }
  }

  func apply(
    to value: TemplateValue, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    switch value {
    case .time(let time, _): try apply(to: time, arguments)
    case .duration(let duration, _): apply(to: duration, arguments)
    case .integer(let number, .month): .text(GoTime.monthName(number))
    case .integer(let number, _): .text(GoTime.weekdayName(number))
    case .keyValues(let map): apply(to: map.sorted, arguments)
    case .list(let pairs, _): apply(to: pairs.compactMap(\.pair), arguments)
    case .alerts(let list): .alerts(list.part(resolved: self == .resolved))
    default: .missing
    }
  }

  private func apply(to pairs: [Label], _ arguments: [TemplateValue]) -> TemplateValue {
    switch self {
    case .names: return .list(pairs.map { .outside($0.name) }, of: "string")
    case .values: return .list(pairs.map { .outside($0.value) }, of: "string")
    case .sortedPairs: return pairs.value
    case .remove:
      let names = Set(arguments.first?.texts ?? [])
      let rest = pairs.filter { !names.contains($0.name) }
      return .keyValues(
        KeyValues(rest.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
    default: return .outside(pairs.text)
    }
  }

  private func apply(to value: Int64, _ arguments: [TemplateValue]) -> TemplateValue {
    switch self {
    case .seconds: return .float(GoDuration.seconds(value))
    case .minutes: return .float(GoDuration.minutes(value))
    case .hours: return .float(GoDuration.hours(value))
    case .milliseconds: return .integer(value / 1_000_000, .int64)
    case .microseconds: return .integer(value / 1000, .int64)
    case .nanoseconds: return .integer(value, .int64)
    case .abs: return .duration(Int64(clamping: value.magnitude), isPointer: false)
    case .round:
      return .duration(GoDuration.rounded(value, to: arguments.duration), isPointer: false)
    case .truncate:
      return .duration(GoDuration.truncated(value, to: arguments.duration), isPointer: false)
    default: return .text(GoDuration.text(value))
    }
  }

  private func apply(
    to time: GoTime, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    switch self {
    case .format:
      let text = TimeLayout.text(of: time, arguments.layout)
      return .bytes(Array(text.utf8), Builtins.type(arguments))
    case .string: return .text(time.description)
    case .utc, .local: return .time(time.at(nil), isPointer: false)
    case .isZero: return .bool(time.isSameInstant(.zero))
    case .add: return .time(time.adding(nanoseconds: arguments.duration), isPointer: false)
    case .sub: return .duration(time.since(arguments.time), isPointer: false)
    case .before: return .bool(time.isBefore(arguments.time))
    case .after: return .bool(arguments.time.isBefore(time))
    case .equal: return .bool(time.isSameInstant(arguments.time))
    case .compare:
      let other = arguments.time
      return .int(time.isBefore(other) ? -1 : other.isBefore(time) ? 1 : 0)
    case .addDate:
      let (years, months, days) = arguments.threeIntegers
      return .time(time.adding(years: years, months: months, days: days), isPointer: false)
    case .round, .truncate: return .time(rounded(time, arguments.duration), isPointer: false)
    default: return part(of: time)
    }
  }

  private func part(of time: GoTime) -> TemplateValue {
    switch self {
    case .unix: .integer(time.seconds, .int64)
    case .unixMilli: .integer(time.count(perSecond: 1000), .int64)
    case .unixMicro: .integer(time.count(perSecond: 1_000_000), .int64)
    case .unixNano: .integer(time.count(perSecond: 1_000_000_000), .int64)
    case .year: .integer(time.date.year, .int)
    case .month: .integer(time.date.month, .month)
    case .day: .integer(time.date.day, .int)
    case .hour: .integer(time.hour, .int)
    case .minute: .integer(time.minute, .int)
    case .second: .integer(time.second, .int)
    case .nanosecond: .integer(time.nanosecond, .int)
    case .weekday: .integer(time.weekday, .weekday)
    case .yearDay: .integer(time.dayOfYear, .int)
    default: .missing
    }
  }

  /// To multiples of the step since the year 1, as Go counts them.
  private func rounded(_ time: GoTime, _ step: Int64) -> GoTime {
    guard step > 0 else { return time }
    let sinceYearOne =
      (Int128(time.seconds) + 62_135_596_800) * 1_000_000_000 + Int128(time.nanosecond)
    var rest = sinceYearOne % Int128(step)
    if rest < 0 { rest += Int128(step) }
    let down = time.adding(nanoseconds: -Int64(rest))
    let goesUp = self == .round && rest + rest >= Int128(step)
    return goesUp ? down.adding(nanoseconds: step) : down
  }
}

extension [TemplateValue] {
  fileprivate var duration: Int64 {
    if case .duration(let value, _)? = first { return value }
    return 0
  }

  fileprivate var time: GoTime {
    if case .time(let value, _)? = first { return value }
    return GoTime(milliseconds: 0)
  }

  fileprivate var layout: String {
    if case .bytes(let bytes, _)? = first { return String(decoding: bytes, as: UTF8.self) }
    return ""
  }

  fileprivate var threeIntegers: (Int64, Int64, Int64) {
    let numbers = map { value -> Int64 in
      if case .integer(let number, _) = value { return number }
      return 0
    }
    return numbers.count == 3 ? (numbers[0], numbers[1], numbers[2]) : (0, 0, 0)
  }
}
