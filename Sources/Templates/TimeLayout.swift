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
    ("MST", { $0.abbreviation }),
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
    ("-070000", { offset($0, 3, "") }),
    ("-07:00:00", { offset($0, 3, ":") }),
    ("-0700", { offset($0, 2, "") }),
    ("-07:00", { offset($0, 2, ":") }),
    ("-07", { offset($0, 1, "") }),
    ("Z070000", { $0.offset == 0 ? "Z" : offset($0, 3, "") }),
    ("Z07:00:00", { $0.offset == 0 ? "Z" : offset($0, 3, ":") }),
    ("Z0700", { $0.offset == 0 ? "Z" : offset($0, 2, "") }),
    ("Z07:00", { $0.offset == 0 ? "Z" : offset($0, 2, ":") }),
    ("Z07", { $0.offset == 0 ? "Z" : offset($0, 1, "") }),
  ]

  /// Hours ahead of UTC, then minutes and seconds.
  private static func offset(_ time: GoTime, _ parts: Int, _ mark: String) -> String {
    let size = Int64(time.offset.magnitude)
    let numbers = [size / 3600, size / 60 % 60, size % 60].prefix(parts)
    return (time.offset < 0 ? "-" : "+") + numbers.map { pad($0, 2) }.joined(separator: mark)
  }
}
