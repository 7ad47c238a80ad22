import PromQL
import Signals

/// Times, durations and numbers as Prometheus's API reads them. Times are in milliseconds since the
/// Unix epoch, durations in milliseconds.
package enum TimeParameter {
  /// What a time is cut to: far beyond every sample, and with room for arithmetic.
  static let range: ClosedRange<Int64> = -9_007_199_254_740_992...9_007_199_254_740_992

  /// Seconds with a fraction, or RFC 3339; `nil` for anything else.
  package static func time(_ text: String) -> Int64? {
    if let seconds = Double(text) { return milliseconds(seconds) }
    switch text {
    // Clients that mean "always" send the bounds of Go's calendar.
    case "-292273086-05-16T16:47:06Z": return range.lowerBound
    case "292277025-08-18T07:12:54.999999999Z": return range.upperBound
    default: return RFC3339.timestamp(text)?.milliseconds
    }
  }

  /// Seconds with a fraction, or a duration such as `1h30m`; `nil` for anything else.
  package static func duration(_ text: String) -> Int64? {
    if let seconds = Double(text) { return milliseconds(seconds) }
    return unitDuration(text)
  }

  private static func milliseconds(_ seconds: Double) -> Int64? {
    guard seconds.isFinite else { return nil }
    let value = (seconds * 1000).rounded()
    if value >= Double(range.upperBound) { return range.upperBound }
    if value <= Double(range.lowerBound) { return range.lowerBound }
    return Int64(value)
  }

  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000),
    ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Whole numbers with units, the largest first, each at most once.
  private static func unitDuration(_ text: String) -> Int64? {
    var rest = text.utf8[...]
    var units = Self.units[...]
    var total: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(name.count)
      guard let count = Int64(String(decoding: digits, as: UTF8.self)),
        let unit = units.firstIndex(where: { name.elementsEqual($0.name.utf8) })
      else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
      let (sum, overflow2) = total.addingReportingOverflow(product)
      guard !overflow, !overflow2, sum <= range.upperBound else { return nil }
      (total, units) = (sum, units[(unit + 1)...])
    }
    return text.isEmpty ? nil : total
  }
}

extension QueryParameters {
  func time(_ name: String, default standard: Int64) throws(Problem) -> Int64 {
    let text = self[name]
    if text.isEmpty { return standard }
    guard let time = TimeParameter.time(text) else {
      throw .invalid(
        name,
        "invalid time value for '\(name)': "
          + "cannot parse \(text.shortened.quoted) to a valid timestamp"
      )
    }
    return time
  }

  func requiredTime(_ name: String) throws(Problem) -> Int64 {
    guard let time = TimeParameter.time(self[name]) else {
      throw .invalid(name, "cannot parse \(self[name].shortened.quoted) to a valid timestamp")
    }
    return time
  }

  func duration(_ name: String) throws(Problem) -> Int64 {
    guard let duration = TimeParameter.duration(self[name]) else {
      throw .invalid(name, "cannot parse \(self[name].shortened.quoted) to a valid duration")
    }
    return duration
  }

  /// The most results; `nil`: no limit.
  func limit() throws(Problem) -> Int? {
    let text = self["limit"]
    if text.isEmpty { return nil }
    guard let limit = Int(text) else {
      throw .invalid("limit", "strconv.Atoi: parsing \(text.shortened.quoted): invalid syntax")
    }
    guard limit >= 0 else { throw .invalid("limit", "limit must be non-negative") }
    return limit == 0 ? nil : limit
  }
}

extension String {
  /// For messages: a long text is cut.
  var shortened: String {
    let longest = 200
    if utf8.count <= longest { return self }
    return String(decoding: utf8.prefix(longest), as: UTF8.self) + "…"
  }
}
