import Alerting
import Notifications
import PromQL
import Signals
import Testing

/// The four cases of the alert generator compliance suite, a step each 30 s for 40 minutes, in
/// virtual time.
struct ComplianceTests {
  @Test func alertsWithoutOrWithASmallForAndWithTemplates() throws {
    let rules = RuleGroup(
      "g", interval: .seconds(30),
      try .alert(
        "Zero", "x > 10", labels: ["instance": "{{ $labels.i | toUpper }}"],
        annotations: [
          "description":
            "{{ $labels.i }} of {{ .Labels.i | title }} is {{ humanize $value }} or "
            + "{{ printf \"%.1f\" .Value }}",
          "asked": "{{ with query \"sum(x)\" }}{{ . | first | value | humanize1024 }}{{ end }}",
          "site": "{{ $externalLabels.site }} {{ $externalURL }}",
          "matched":
            "{{ reReplaceAll \"a(.*)\" \"$1\" \"abc\" }} {{ if gt $value 10.0 }}yes{{ end }}",
        ]),
      try .alert("Small", "x > 10", hold: .seconds(40)))
    let run = try ComplianceRun(
      rules, [("a", Array(repeating: 5, count: 4) + Array(repeating: 1500, count: 20))])
    #expect(run.course("Zero", "a") == "inactive 4, firing 20, inactive 56")
    #expect(run.course("Small", "a") == "inactive 4, pending 2, firing 18, inactive 56")
    let alert = try #require(run.told("Zero", "a").first?.alert)
    #expect(alert.labels["instance"] == "A")
    #expect(
      alert.annotations.map { "\($0.name): \($0.value)" } == [
        "asked: 1.465ki", "description: a of A is 1.5k or 1500.0", "matched: bc yes",
        "site: here http://agent.test",
      ])
  }

  @Test func anAlertThatFiresTwiceWithAnnotationsThatChange() throws {
    let rules = RuleGroup(
      "g", interval: .seconds(30),
      try .alert("A", "x > 10", hold: .seconds(90), annotations: ["value": "{{ $value }}"]))
    let first = (0..<20).map { Double(20 + $0) }
    let second = (0..<20).map { Double(50 + $0) }
    let values = [5, 5] + first + Array(repeating: 5, count: 20) + second
    let run = try ComplianceRun(rules, [("a", values)])
    #expect(
      run.course("A", "a")
        == "inactive 2, pending 3, firing 17, inactive 20, pending 3, firing 17, inactive 18")
    for sending in run.told("A", "a") where !sending.alert.isResolved {
      let value = values[Int(sending.at / 30)]
      #expect(sending.alert.annotations.map(\.value) == ["\(Int(value))"])
    }
    let starts = run.told("A", "a").map { run.driver.seconds($0.alert.startsAt) }
    #expect(Set(starts) == [150, 1350])
  }

  @Test func anAlertThatIsOnlyPendingAndOneThatNeverIs() throws {
    let rules = RuleGroup(
      "g", interval: .seconds(30), try .alert("A", "x > 10", hold: .seconds(600)),
      try .alert("Never", "x > 1000"))
    let values: [Double?] = [5, 5] + Array(repeating: 20, count: 19) + [nil, 20, 20, 5]
    let run = try ComplianceRun(rules, [("a", values)])
    #expect(run.course("A", "a") == "inactive 2, pending 19, inactive 1, pending 2, inactive 56")
    #expect(run.courses.count == 1)
    #expect(run.told("A", "a").isEmpty)
  }

  @Test func alertsThatAppearLaterAndARuleThatReadsThem() throws {
    let rules = RuleGroup(
      "g", interval: .seconds(30), try .alert("First", "x > 10", hold: .seconds(60)),
      try .alert(
        "Second", "count(ALERTS{alertname=\"First\",alertstate=\"firing\"}) > 1",
        hold: .seconds(30), annotations: ["count": "{{ $value }}"]))
    let run = try ComplianceRun(
      rules,
      [
        ("a", Array(repeating: 20, count: 60)),
        ("b", Array(repeating: nil, count: 10) + Array(repeating: 20, count: 20)),
        ("c", Array(repeating: nil, count: 15) + Array(repeating: 20, count: 25)),
      ])
    #expect(run.course("First", "a") == "pending 2, firing 58, inactive 20")
    #expect(run.course("First", "b") == "inactive 10, pending 2, firing 18, inactive 50")
    #expect(run.course("First", "c") == "inactive 15, pending 2, firing 23, inactive 40")
    #expect(run.course("Second", nil) == "inactive 12, pending 1, firing 27, inactive 40")
    let counts = run.told("Second", nil).filter { !$0.alert.isResolved }
      .map { $0.alert.annotations.map(\.value) }
    #expect(Set(counts) == [["2"], ["3"]])
  }
}

/// 80 steps over values, with every moment checked.
private struct ComplianceRun {
  struct Course {
    /// By step.
    var states: [AlertState] = []
    var told: [(at: Double, alert: Alert)] = []
  }

  var driver: RuleDriver
  var courses: [String: Course] = [:]

  init(_ group: RuleGroup, _ values: [(instance: String, values: [Double?])]) throws {
    driver = RuleDriver(group)
    driver.environment.externalLabels = [Label(name: "site", value: "here")]
    driver.environment.externalURL = "http://agent.test"
    for step in 0..<80 {
      let at = Double(step) * 30
      for (instance, values) in values {
        driver.set(instance, step < values.count ? values[step] : nil, at: at)
      }
      driver.alerts = []
      driver.run(to: at)
      note(step, at)
      try checkSeries(at)
    }
    for (name, course) in courses { check(course, name) }
  }

  /// `pending 2, firing 5`
  func course(_ name: String, _ instance: String?) -> String {
    var runs: [(state: AlertState, count: Int)] = []
    for state in courses[name + (instance.map { "/" + $0 } ?? "")]?.states ?? [] {
      if runs.last?.state == state {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((state, 1))
      }
    }
    return runs.map { "\($0.state.rawValue) \($0.count)" }.joined(separator: ", ")
  }

  func told(_ name: String, _ instance: String?) -> [(at: Double, alert: Alert)] {
    courses[name + (instance.map { "/" + $0 } ?? "")]?.told ?? []
  }

  private var shown: [ActiveAlert] {
    driver.rules.statuses.flatMap(\.rules).flatMap(\.alerts)
  }

  private mutating func note(_ step: Int, _ at: Double) {
    for alert in shown { courses[RuleDriver.name(alert.labels), default: Course()].states += [] }
    for name in courses.keys {
      let state = shown.first { RuleDriver.name($0.labels) == name }?.state ?? .inactive
      let missing = step - (courses[name]?.states.count ?? 0)
      courses[name]?.states += Array(repeating: .inactive, count: missing) + [state]
    }
    for alert in driver.alerts {
      courses[RuleDriver.name(alert.labels)]?.told.append((at, alert))
      // Four times the longer of interval and resend delay; or its end.
      let ends = driver.seconds(alert.endsAt) ?? .infinity
      #expect(alert.isResolved ? ends <= at : ends == at + 240, "\(alert.labels) at \(at)")
    }
  }

  /// The series say what the statuses say.
  private func checkSeries(_ at: Double) throws {
    let states = try driver.values("ALERTS", at: at).map(\.labels)
    let since = try driver.values("ALERTS_FOR_STATE", at: at)
    #expect(
      Set(states)
        == Set(
          shown.map {
            $0.labels.setting("__name__", to: "ALERTS")
              .setting("alertstate", to: $0.state.rawValue)
          }), "at \(at)")
    #expect(
      Set(since.map { "\($0.labels) \(Int64($0.sample.value))" })
        == Set(
          shown.map {
            let labels = $0.labels.setting("__name__", to: "ALERTS_FOR_STATE")
            return "\(labels) \($0.activeAt.milliseconds / 1000)"
          }), "at \(at)")
  }

  /// An alert is told when it begins to fire and when it ends, and again with the first step after
  /// each resend delay of 60 s, for a quarter of an hour after its end; never twice in a step.
  private func check(_ course: Course, _ name: String) {
    var expected: [String] = []
    var (before, last, ended) = (AlertState.inactive, -Double.infinity, Double?.none)
    for (step, state) in course.states.enumerated() {
      let at = Double(step) * 30
      if state == .inactive, before == .firing { ended = at }
      if state != .inactive { ended = nil }
      let isChange = (state == .firing) != (before == .firing)
      let isTold = state == .firing || ended.map { at - $0 <= 900 } ?? false
      if isTold, isChange || at - last > 60 {
        expected.append("\(state == .firing ? "+" : "-")\(at)")
        last = at
      }
      before = state
    }
    #expect(course.told.map { "\($0.alert.isResolved ? "-" : "+")\($0.at)" } == expected, "\(name)")
  }
}
