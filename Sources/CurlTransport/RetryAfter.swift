package import Signals

/// The header `Retry-After` (RFC 9110, 10.2.3): a number of seconds, or a date.
package enum RetryAfter {
  /// How long it asks to wait from `now` on; not bounded above. `nil` when it is in no known form
  /// and when the date is over.
  package static func delay(_ text: String, at now: Timestamp) -> Duration? {
    guard text.utf8.count <= 64 else { return nil }
    if let seconds = number(text[...], digits: 1...64) { return .seconds(seconds) }
    guard let second = second(of: text, at: now) else { return nil }
    let delay = now.duration(to: Timestamp(milliseconds: second * 1000))
    return delay > .zero ? delay : nil
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  /// The second since the epoch of a date in one of HTTP's three forms:
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
  private static func second(of text: String, at now: Timestamp) -> Int64? {
    let parts = text.split { ", -:".contains($0) }
    let order: (day: Int, month: Int, year: Int, hour: Int)
    switch parts.count {
    case 8 where parts[7] == "GMT": order = (1, 2, 3, 4)
    case 7: order = (2, 1, 6, 3)
    default: return nil
    }
    let year = parts[order.year]
    guard days.contains(String(parts[0].prefix(3))),
      let month = months.firstIndex(of: String(parts[order.month])),
      let day = number(parts[order.day], digits: 1...2), (1...31).contains(day),
      let hour = number(parts[order.hour], digits: 2...2), hour < 24,
      let minute = number(parts[order.hour + 1], digits: 2...2), minute < 60,
      let second = number(parts[order.hour + 2], digits: 2...2), second <= 60,
      let number = number(year, digits: 2...4), year.utf8.count != 3
    else { return nil }
    func instant(_ year: Int64) -> Int64 {
      let days = daysToMonth(year, Int64(month)) + day - 1
      return days * 86_400 + hour * 3600 + minute * 60 + second
    }
    guard year.utf8.count == 2 else { return instant(number) }
    // Two digits that would be more than 50 years ahead are of the century before.
    let near = instant(2000 + number)
    let isFar = near - now.milliseconds / 1000 > 50 * 31_556_952
    return isFar ? instant(1900 + number) : near
  }

  /// Days from the epoch to the first of a month, counted from 0.
  private static func daysToMonth(_ year: Int64, _ month: Int64) -> Int64 {
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400 - 477
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (year - 1970) * 365 + leapDays + lengths.prefix(Int(month)).reduce(0, +)
  }

  /// Decimal digits and nothing else; a number beyond Int64 is its largest.
  private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int64? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int64(text) ?? .max
  }
}
