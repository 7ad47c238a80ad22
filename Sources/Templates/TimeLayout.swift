/// Go's layouts: how the reference instant, Mon Jan 2 15:04:05 MST 2006, would be written.
enum TimeLayout {
  static func text(of time: GoTime, _ layout: String) -> String {
    var out = ""
    var rest = layout.utf8[...]
    var plain: [UInt8] = []
    while let first = rest.first {
      if let (text, length) = element(rest, time) {
        out += String(decoding: plain, as: UTF8.self) + text
        plain = []
        rest = rest.dropFirst(length)
      } else {
        plain.append(first)
        rest = rest.dropFirst()
      }
    }
    return out + String(decoding: plain, as: UTF8.self)
  }

  /// What the layout's beginning stands for, and its length.
  private static func element(
    _ layout: Substring.UTF8View, _ time: GoTime
  ) -> (String, length: Int)? {
    if let fraction = fraction(layout, time) { return fraction }
    for (name, value) in elements where layout.starts(with: name.utf8) {
      let length = name.utf8.count
      if name == "Jan" || name == "Mon" {
        // `Janus` is no month, as in Go: a small letter must not follow.
        if let next = layout.dropFirst(length).first, (0x61...0x7a).contains(next) { continue }
      }
      // `_2006` is an underscore and a year.
      if name == "_2", layout.dropFirst().starts(with: "2006".utf8) { return nil }
      return (value(time), length)
    }
    return nil
  }

  /// `.000` and `.999`, and the same behind a comma: digits behind the second.
  private static func fraction(
    _ layout: Substring.UTF8View, _ time: GoTime
  ) -> (String, length: Int)? {
    guard let mark = layout.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ","),
      let digit = layout.dropFirst().first, digit == 0x30 || digit == 0x39
    else { return nil }
    let count = layout.dropFirst().prefix { $0 == digit }.count
    if let next = layout.dropFirst(1 + count).first, (0x30...0x39).contains(next) { return nil }
    var digits = String(time.nanosecond + 1_000_000_000).dropFirst().prefix(count)
    if digit == 0x39 {
      while digits.last == "0" { digits = digits.dropLast() }
      if digits.isEmpty { return ("", 1 + count) }
    } else if count > 9 {
      digits += String(repeating: "0", count: count - 9)
    }
    return ((mark == UInt8(ascii: ".") ? "." : ",") + digits, 1 + count)
  }

  private static func pad(_ number: Int64, _ width: Int, by fill: String = "0") -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: fill, count: max(0, width - digits.count))
      + digits
  }

  private static func hour12(_ time: GoTime) -> Int64 { (time.hour + 11) % 12 + 1 }

  /// Longer ones before those that they begin with.
  private static let elements: [(String, @Sendable (GoTime) -> String)] = [
    ("January", { GoTime.monthName($0.date.month) }),
    ("Jan", { String(GoTime.monthName($0.date.month).prefix(3)) }),
    ("Monday", { GoTime.weekdayName($0.weekday) }),
    ("Mon", { String(GoTime.weekdayName($0.weekday).prefix(3)) }),
    ("MST", { _ in "UTC" }),
    ("002", { pad($0.dayOfYear, 3) }),
    ("01", { pad($0.date.month, 2) }),
    ("02", { pad($0.date.day, 2) }),
    ("03", { pad(hour12($0), 2) }),
    ("04", { pad($0.minute, 2) }),
    ("05", { pad($0.second, 2) }),
    ("06", { pad($0.date.year % 100, 2) }),
    ("15", { pad($0.hour, 2) }),
    ("1", { String($0.date.month) }),
    ("2006", { pad($0.date.year, 4) }),
    ("2", { String($0.date.day) }),
    ("__2", { pad($0.dayOfYear, 3, by: " ") }),
    ("_2", { pad($0.date.day, 2, by: " ") }),
    ("3", { String(hour12($0)) }),
    ("4", { String($0.minute) }),
    ("5", { String($0.second) }),
    ("PM", { $0.hour < 12 ? "AM" : "PM" }),
    ("pm", { $0.hour < 12 ? "am" : "pm" }),
    ("-070000", { _ in "+000000" }),
    ("-07:00:00", { _ in "+00:00:00" }),
    ("-0700", { _ in "+0000" }),
    ("-07:00", { _ in "+00:00" }),
    ("-07", { _ in "+00" }),
    ("Z070000", { _ in "Z" }),
    ("Z07:00:00", { _ in "Z" }),
    ("Z0700", { _ in "Z" }),
    ("Z07:00", { _ in "Z" }),
    ("Z07", { _ in "Z" }),
  ]
}
