import ConfigFile
import Foundation
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// The configuration as Alertmanager's tools may read it.
@Suite struct AlertmanagerTextTests {
  private func settings() throws -> NotificationSettings {
    var settings = NotificationSettings()
    var child = Route(receiver: "o'hara")
    child.matchers = [
      Matcher("severity", equals: "page"), try Matcher("mcp", .doesNotMatch, #"a\.b|"c""#),
    ]
    (child.groupBy, child.continues) = (.allLabels, true)
    (child.muteTimeIntervals, child.activeTimeIntervals) = (["night"], ["day"])
    child.groupWait = .seconds(90)
    var root = Route(receiver: "chat")
    root.groupBy = .labels(["alertname", "mcp"])
    root.routes = [child]
    settings.route = root
    var chat = Receiver(name: "chat")
    var hook = WebhookSettings(url: Secret("https://chat.example/c4nary-url"))
    hook.signingSecret = Secret("c4nary-key")
    chat.integrations = [Integration(.webhook(hook))]
    settings.receivers = [chat, Receiver(name: "o'hara"), Receiver(name: "ünd\n")]
    settings.inhibitRules = [
      InhibitRule(
        sources: [Matcher("alertname", equals: "McpDown")],
        targets: [try Matcher("alertname", .matches, "Mcp.*")], equal: ["mcp"])
    ]
    var night = Notifications.TimeInterval()
    night.times = [0..<(6 * 60 + 5), (22 * 60)..<1440]
    night.weekdays = [1...5, 0...0]
    night.daysOfMonth = [.init(first: 1, last: -1), .init(first: 3, last: 3)]
    night.months = [2...3]
    night.years = [2026...2026]
    settings.timeIntervals = ["night": [night], "day": [Notifications.TimeInterval()]]
    return settings
  }

  @Test func itHasRoutesAndNamesAndNothingOfReceivers() throws {
    let text = try settings().alertmanagerText
    #expect(
      text == #"""
        route:
          receiver: 'chat'
          group_by: ['alertname', 'mcp']
          group_wait: 30s
          group_interval: 5m
          repeat_interval: 4h
          routes:
          - receiver: 'o''hara'
            group_by: ['...']
            matchers: ['severity="page"', 'mcp!~"a\\.b|\"c\""']
            continue: true
            mute_time_intervals: ['night']
            active_time_intervals: ['day']
            group_wait: 1m30s
            group_interval: 5m
            repeat_interval: 4h
        receivers:
        - name: 'chat'
        - name: 'o''hara'
        - name: "\U000000fcnd\U0000000a"
        inhibit_rules:
        - source_matchers: ['alertname="McpDown"']
          target_matchers: ['alertname=~"Mcp.*"']
          equal: ['mcp']
        time_intervals:
        - name: 'day'
          time_intervals:
          - location: 'UTC'
        - name: 'night'
          time_intervals:
          - location: 'UTC'
            times:
            - {start_time: '00:00', end_time: '06:05'}
            - {start_time: '22:00', end_time: '24:00'}
            weekdays: ['monday:friday', 'sunday']
            days_of_month: ['1:-1', '3']
            months: ['2:3']
            years: ['2026']

        """#)
    #expect(!text.contains("c4nary"))
  }

  @Test func alertmanagersOwnToolReadsIt() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("alertmanager.yml", try settings().alertmanagerText)
    let checked = try await runCommand("amtool", ["check-config", file.path], in: scratch)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    let labels = ["severity=page", "mcp=x", "alertname=A"]
    let routed = try await runCommand(
      "amtool", ["config", "routes", "test", "--config.file", file.path] + labels, in: scratch)
    #expect(routed.output == "o'hara\n", "\(routed.errors)")
  }

  @Test func anAgentThatTellsNobodyHasNone() {
    #expect(NotificationSettings().alertmanagerText == "")
  }
}
