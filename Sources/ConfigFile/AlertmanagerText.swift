package import Notifications
import PromQL
import Signals

extension NotificationSettings {
  /// Routes, names of receivers, inhibition and time intervals in Alertmanager's own grammar, so
  /// that its tools can show and try them. What receivers are set to is not in it, nor any secret.
  package var alertmanagerText: String {
    var text = AlertmanagerText()
    if let route {
      text.line(0, "route:")
      text.route(route, at: 1, isRoot: true)
    }
    text.list("receivers", receivers) { text, receiver in
      text.line(0, "- name: \(AlertmanagerText.quoted(receiver.name))")
    }
    text.list("inhibit_rules", inhibitRules) { text, rule in
      text.line(0, "- source_matchers: \(AlertmanagerText.list(rule.sources))")
      text.line(1, "target_matchers: \(AlertmanagerText.list(rule.targets))")
      text.line(1, "equal: \(AlertmanagerText.list(rule.equal))")
    }
    text.list("time_intervals", timeIntervals.sorted { $0.key < $1.key }) { text, named in
      text.line(0, "- name: \(AlertmanagerText.quoted(named.key))")
      text.line(1, "time_intervals:")
      for interval in named.value { text.interval(interval) }
    }
    return text.text
  }
}

/// YAML, line by line.
private struct AlertmanagerText {
  var text = ""

  private static let weekdays = [
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
  ]

  mutating func line(_ depth: Int, _ content: String) {
    text += String(repeating: " ", count: 2 * depth) + content + "\n"
  }

  mutating func list<Element>(
    _ name: String, _ elements: [Element], _ write: (inout Self, Element) -> Void
  ) {
    guard !elements.isEmpty else { return }
    line(0, "\(name):")
    for element in elements { write(&self, element) }
  }

  mutating func route(_ route: Route, at depth: Int, isRoot: Bool) {
    let first = isRoot ? "" : "- "
    let inner = isRoot ? depth : depth + 1
    line(depth, "\(first)receiver: \(Self.quoted(route.receiver))")
    switch route.groupBy {
    case .allLabels: line(inner, "group_by: ['...']")
    case .labels(let names): line(inner, "group_by: \(Self.list(names))")
    }
    if !route.matchers.isEmpty { line(inner, "matchers: \(Self.list(route.matchers))") }
    if !isRoot { line(inner, "continue: \(route.continues)") }
    for (key, names) in [
      ("mute_time_intervals", route.muteTimeIntervals),
      ("active_time_intervals", route.activeTimeIntervals),
    ] where !names.isEmpty {
      line(inner, "\(key): \(Self.list(names))")
    }
    line(inner, "group_wait: \(route.groupWait.prometheusText)")
    line(inner, "group_interval: \(route.groupInterval.prometheusText)")
    line(inner, "repeat_interval: \(route.repeatInterval.prometheusText)")
    guard !route.routes.isEmpty else { return }
    line(inner, "routes:")
    for child in route.routes { self.route(child, at: inner, isRoot: false) }
  }

  mutating func interval(_ interval: TimeInterval) {
    line(1, "- location: \(Self.quoted(interval.zone.name))")
    if !interval.times.isEmpty {
      line(2, "times:")
      for time in interval.times {
        let (from, to) = (Self.clock(time.lowerBound), Self.clock(time.upperBound))
        line(2, "- {start_time: '\(from)', end_time: '\(to)'}")
      }
    }
    func ranges(_ name: String, _ texts: [String]) {
      if !texts.isEmpty { line(2, "\(name): \(Self.list(texts))") }
    }
    ranges(
      "weekdays",
      interval.weekdays.map { Self.range($0.lowerBound, $0.upperBound, Self.weekday) })
    ranges("days_of_month", interval.daysOfMonth.map { Self.range($0.first, $0.last) })
    ranges("months", interval.months.map { Self.range($0.lowerBound, $0.upperBound) })
    ranges("years", interval.years.map { Self.range($0.lowerBound, $0.upperBound) })
  }

  static func list(_ texts: [String]) -> String {
    "[\(texts.map(quoted).joined(separator: ", "))]"
  }

  static func list(_ matchers: [Matcher]) -> String { list(matchers.map(\.description)) }

  /// In single quotes, or in double ones where it has what those cannot hold.
  static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { (" "..."~").contains($0) }
    return isPlain
      ? "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        + "'" : text.quotedForYAML
  }

  private static func weekday(_ number: Int) -> String {
    weekdays.indices.contains(number) ? weekdays[number] : "\(number)"
  }

  private static func range(
    _ first: Int, _ last: Int, _ name: (Int) -> String = { String($0) }
  ) -> String { first == last ? name(first) : "\(name(first)):\(name(last))" }

  private static func clock(_ minutes: Int) -> String {
    let (hour, minute) = (String(minutes / 60), String(minutes % 60))
    return (hour.count < 2 ? "0" : "") + hour + ":" + (minute.count < 2 ? "0" : "") + minute
  }
}

extension String {
  /// In double quotes; what is no printable ASCII as an escape.
  fileprivate var quotedForYAML: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case " "..."~": text.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16)
        text += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return text + "\""
  }
}
