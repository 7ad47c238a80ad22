import Agent
import ConfigFile
import Foundation
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Inhibition and time intervals, as Debian's Alertmanager has them from the same files.
@Suite(
  .enabled(
    if: Peer.isInstalled("prometheus-alertmanager"),
    "no prometheus-alertmanager on PATH: nothing to compare with"),
  .timeLimit(.minutes(30)))
struct AlertmanagerComparison {
  private static let head = "route: {receiver: r}\nreceivers: [{name: r}]\n"

  private static func settings(_ text: String) throws -> NotificationSettings {
    try ConfigFile.parse(text: text, file: "am.yml", directory: "").settings.notifications
  }

  // MARK: - Inhibition

  @Test func theSameAlertsAreHeldByGeneratedRules() async throws {
    let scratch = try Scratch()
    let server = try await AlertmanagerServer.started(with: Self.head, in: scratch)
    var (held, all) = (0, 0)
    for seed in 1...25 as ClosedRange<UInt64> {
      var random = SeededRandom(seed: seed)
      // Alerts of other rounds are there too, and not equal.
      let round = "run\(seed)"
      let text = Self.head + random.inhibitRules()
      let alerts = Set((0..<30).map { _ in random.alert(round) }).sorted()
      var inhibitor = Inhibitor(try Self.settings(text).inhibitRules)
      for alert in alerts {
        inhibitor.note(alert, fingerprint: alert.alertFingerprint, fires: true)
      }
      let ours = alerts.filter { !inhibitor.inhibitors(of: $0).isEmpty }
        .map(\.alertFingerprint.hexadecimal)
      try await server.reload(text)
      try await server.post(
        alerts.map { alert in
          Dictionary(alert.labels.map { ($0.name, $0.value) }) { $1 }
        })
      var theirs: [String] = []
      try await until("seed \(seed): the same are held", within: .seconds(20)) {
        let seen = try await server.alerts().filter { $0.labels["round"] == round }
        theirs = seen.filter { !$0.status.inhibitedBy.isEmpty }.map(\.fingerprint)
        return seen.count == alerts.count && Set(theirs) == Set(ours)
      }
      (held, all) = (held + ours.count, all + alerts.count)
    }
    print("inhibition: \(held) of \(all) alerts are held")
    #expect(held * 10 > all && held * 10 < all * 9)
    try await server.process.stop()
  }

  // MARK: - Time intervals

  @Test func theSameRoutesAreMutedByGeneratedTimeIntervals() async throws {
    let scratch = try Scratch()
    let receiver = ScriptedReceiver { _ in .status(200) }
    let count = 120
    let text = Self.timeFile(count: count, port: receiver.port)
    let settings = try Self.settings(text)
    let routes = try #require(settings.route?.routes)
    func sent(at now: Timestamp) -> Set<String> {
      let sent = routes.enumerated().filter { _, route in
        let mute = route.muteTimeIntervals.contains {
          settings.timeIntervals[$0]?.contain(now) == true
        }
        let active = route.activeTimeIntervals
        return !mute
          && (active.isEmpty
            || active.contains { settings.timeIntervals[$0]?.contain(now) == true })
      }
      return Set(sent.map { "\($0.offset)" })
    }

    let server = try await AlertmanagerServer.started(with: text, in: scratch)
    let before = Self.now()
    try await server.post((0..<count).map { ["n": "\($0)"] })
    var told: Set<String> = []
    try await until("each is sent or held") {
      told = Set(receiver.requests.compactMap(\.groupNumber))
      let muted = server.process.errors.components(separatedBy: "Notifications not sent").count - 1
      return told.count + muted >= count
    }
    // What begins or ends meanwhile may be either.
    let (first, last) = (sent(at: before), sent(at: Self.now()))
    #expect(first.intersection(last).subtracting(told) == [], "not told of")
    #expect(told.subtracting(first.union(last)) == [], "told of too much")
    print("time intervals: \(told.count) of \(count) routes are told")
    #expect(told.count * 5 > count && told.count * 5 < count * 4)
    try await server.process.stop()
  }

  private static func now() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  /// A route for each interval, which it is muted by or active in.
  private static func timeFile(count: Int, port: Int) -> String {
    var random = SeededRandom(seed: 1)
    var (routes, intervals) = ("", "")
    for number in 0..<count {
      let key = number.isMultiple(of: 2) ? "mute_time_intervals" : "active_time_intervals"
      routes += "    - {matchers: [n=\"\(number)\"], \(key): [i\(number)]}\n"
      intervals += "  - {name: i\(number), time_intervals: [{\(random.ranges())}]}\n"
    }
    return "route:\n  receiver: r\n  group_by: [n]\n  group_wait: 0s\n  routes:\n\(routes)"
      + "receivers: [{name: r, webhook_configs: [{url: \"http://127.0.0.1:\(port)/\"}]}]\n"
      + "time_intervals:\n\(intervals)"
  }
}

extension ScriptedReceiver.Request {
  /// The label `n` of its group.
  fileprivate var groupNumber: String? {
    struct Message: Decodable { var groupLabels: [String: String] }
    return try? JSONDecoder().decode(Message.self, from: Data(body)).groupLabels["n"]
  }
}

extension SeededRandom {
  private static let labels = ["a", "b", "c"]

  /// All of them demand that the label `round` is equal.
  fileprivate mutating func inhibitRules() -> String {
    let rules = (0..<Int.random(in: 1...3, using: &self)).map { _ in
      let equal = ["round"] + Self.labels.filter { _ in Bool.random(using: &self) }
      return "  - source_matchers: [\(matchers())]\n    target_matchers: [\(matchers())]\n"
        + "    equal: [\(equal.joined(separator: ", "))]\n"
    }
    return "inhibit_rules:\n\(rules.joined())"
  }

  private mutating func matchers() -> String {
    (0..<Int.random(in: 1...2, using: &self)).map { _ in
      let op = pick(["=", "!=", "=~", "!~"])
      return "'\(pick(Self.labels))\(op)\"\(pick(["", "1", "2", "1|2", ".+"]))\"'"
    }.joined(separator: ", ")
  }

  fileprivate mutating func alert(_ round: String) -> LabelSet {
    let labels = Self.labels.map { Label(name: $0, value: pick(["", "1", "2", "3"])) }
    return LabelSet(labels + [Label(name: "round", value: round)])
  }

  /// Ranges of which about half have the present.
  fileprivate mutating func ranges() -> String {
    var parts: [String] = ["location: \(pick(["UTC", "Europe/Berlin", "Asia/Kathmandu"] + zones))"]
    let number = { (range: ClosedRange<Int>, random: inout SeededRandom) in
      let ends = [Int.random(in: range, using: &random), Int.random(in: range, using: &random)]
      return (ends.min() ?? 0, ends.max() ?? 0)
    }
    if Bool.random(using: &self) {
      let hour = Int.random(in: 1...23, using: &self)
      let text = hour < 10 ? "0\(hour):30" : "\(hour):30"
      parts.append(
        Bool.random(using: &self)
          ? "times: [{start_time: '00:00', end_time: '\(text)'}]"
          : "times: [{start_time: '\(text)', end_time: '24:00'}]")
    }
    if Int.random(in: 0..<3, using: &self) == 0 {
      let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
      let (first, last) = number(0...6, &self)
      parts.append("weekdays: ['\(days[first]):\(days[last])']")
    }
    if Int.random(in: 0..<3, using: &self) == 0 {
      let (first, last) = number(1...31, &self)
      parts.append("days_of_month: ['\(first):\(last)', '-\(Int.random(in: 1...5, using: &self))']")
    }
    if Int.random(in: 0..<4, using: &self) == 0 {
      let (first, last) = number(1...12, &self)
      parts.append("months: ['\(first):\(last)']")
    }
    if Int.random(in: 0..<6, using: &self) == 0 { parts.append("years: ['2020:2050']") }
    return parts.joined(separator: ", ")
  }

  private var zones: [String] {
    ["America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"]
  }
}
