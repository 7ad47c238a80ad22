import PromQL
import Signals

/// Numbers for people, in Prometheus's forms.
enum Humanize {
  /// What a value is as a number.
  static func number(_ value: TemplateValue) throws(GoError) -> Double {
    let held = value.unboxed
    switch held {
    case .float(let number): return number
    case .bytes(let bytes, let type) where type.isString: return try GoNumber.float(bytes)
    case .integer(let number, let type) where type == .int || type == .int64:
      return Double(number)
    case .unsigned(let number, let type) where type != .uint8: return Double(number)
    case .duration(let nanoseconds, isPointer: false): return GoDuration.seconds(nanoseconds)
    default: throw GoError("can't convert \(held.typeName) to float")
    }
  }

  /// Four significant digits.
  static func significant(_ value: Double) -> String {
    var format = FormatSpec()
    format.precision = 4
    return String(decoding: format.float(value, "g"), as: UTF8.self)
  }

  static func decimal(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return significant(value) }
    if value.magnitude < 1 { return small(value) }
    return large(value, ["k", "M", "G", "T", "P", "E", "Z", "Y"], 1000)
  }

  static func binary(_ value: Double) -> String {
    guard value.magnitude > 1, value.isFinite else { return significant(value) }
    return large(value, ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"], 1024)
  }

  private static func large(_ value: Double, _ prefixes: [String], _ step: Double) -> String {
    var value = value
    var shown = ""
    for prefix in prefixes where value.magnitude >= step {
      shown = prefix
      value /= step
    }
    return significant(value) + shown
  }

  private static func small(_ value: Double) -> String {
    var value = value
    var shown = ""
    for prefix in ["m", "u", "n", "p", "f", "a", "z", "y"] where value.magnitude < 1 {
      shown = prefix
      value *= 1000
    }
    return significant(value) + shown
  }

  /// Of seconds: `1d 2h 3m 4s`.
  static func duration(_ value: Double) -> String {
    guard value.isFinite else { return significant(value) }
    if value == 0 { return significant(value) + "s" }
    if value.magnitude < 1 { return small(value) + "s" }
    let sign = value < 0 ? "-" : ""
    let seconds = Int64(exactly: value.magnitude.rounded(.towardZero)) ?? .max
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24)
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60)
    if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(rest)s" }
    if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(rest)s" }
    if minutes != 0 { return "\(sign)\(minutes)m \(rest)s" }
    return sign + significant(value.magnitude) + "s"
  }

  static func timestamp(_ value: Double) throws(GoError) -> String {
    value.isFinite ? try time(value).description : significant(value)
  }

  /// Of seconds since the epoch, in whole milliseconds.
  static func time(_ value: Double) throws(GoError) -> GoTime {
    guard value.isFinite else { throw GoError("value is NaN or Inf") }
    let nanoseconds = value * 1e9
    guard nanoseconds.magnitude <= 0x1p63 else {
      let shown = String(decoding: FormatSpec().float(value, "v"), as: UTF8.self)
      throw GoError(
        "\(shown) cannot be represented as a nanoseconds timestamp since it overflows int64")
    }
    let whole = Int64(exactly: nanoseconds.rounded(.towardZero)) ?? .min
    return GoTime(milliseconds: whole / 1_000_000)
  }

  /// Of seconds; what does not fit is what the processor makes of it in Go.
  static func nanoseconds(_ value: Double) -> Int64 {
    Int64(exactly: (value * 1e9).rounded(.towardZero)) ?? .min
  }

  /// `1h30m`, with a sign or without.
  static func seconds(ofDuration text: String) throws(GoError) -> Double {
    let isNegative = text.hasPrefix("-")
    let unsigned = isNegative ? String(text.dropFirst()) : text
    let milliseconds = try milliseconds(unsigned)
    return Double((isNegative ? -milliseconds : milliseconds) * 1_000_000) / 1e9
  }

  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000),
    ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  private static func milliseconds(_ text: String) throws(GoError) -> Int64 {
    if text == "0" { return 0 }
    if text.isEmpty { throw GoError("empty duration string") }
    let invalid = GoError(
      "not a valid duration string: " + Quoting.quoted(Array(text.utf8)))
    var rest = text[...]
    var units = Self.units[...]
    var total: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard !digits.isEmpty, let place = units.firstIndex(where: { $0.name == name }) else {
        throw invalid
      }
      let unit = units[place].milliseconds
      units = units[(place + 1)...]
      let count = Int64(digits) ?? .max
      let (product, overflows) = count.multipliedReportingOverflow(by: unit)
      total = overflows ? .max : total.addingSaturating(product)
    }
    guard total <= Int64.max / 1_000_000 else { throw GoError("duration out of range") }
    return total
  }
}
