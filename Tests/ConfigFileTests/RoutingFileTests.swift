import Agent
import ConfigFile
import Foundation
import Notifications
import PromQL
import Signals
import Templates
import Testing

/// valid-routing.yml, value by value.
struct RoutingFileTests {
  private func settings() throws -> NotificationSettings {
    let path = Fixtures.directory.appending(path: "valid-routing.yml").path()
    return try ConfigFile.load(path: path).settings.notifications
  }

  @Test func routesHaveWhatTheyDoNotSayFromAbove() throws {
    let root = try #require(settings().route)
    #expect(root.receiver == "chat" && root.matchers.isEmpty)
    #expect(root.groupBy == .labels(["alertname"]) && root.groupWait == .seconds(10))
    #expect(root.routes.count == 2)
    let pager = try #require(root.routes.first)
    #expect(
      pager.matchers.text
        == #"{area=~"no.*",mcp=~"a|b",severity="page",site!="lab",team="data"}"#)
    #expect(pager.receiver == "pager" && pager.continues && pager.groupBy == .allLabels)
    #expect(pager.groupWait == .seconds(10))
    #expect(pager.muteTimeIntervals == ["night"] && pager.activeTimeIntervals == ["office"])
    let child = try #require(pager.routes.first)
    #expect(child.matchers.text == #"{"a b"="c"}"#)
    #expect(child.receiver == "pager" && !child.continues)
    #expect(child.groupBy == .labels(["mcp"]) && child.repeatInterval == .seconds(3600))
    #expect(child.muteTimeIntervals.isEmpty && child.activeTimeIntervals.isEmpty)
    let last = try #require(root.routes.last)
    #expect(last.receiver == "chat" && last.groupWait == .zero)
    #expect(last.groupBy == .labels(["alertname"]), "an empty list says nothing")
  }

  @Test func receiversOfAllKindsAreRead() throws {
    let settings = try settings()
    let library = settings.templates
    #expect(library.files.map(\.name) == ["breakwater.tmpl", "house.tmpl"])
    func text(_ text: String, _ name: String) throws -> MessageTemplate {
      try MessageTemplate(parsing: text, name: name, library: library)
    }
    var slack = SlackSettings(
      .webhook(Secret("https://hooks.slack.example/services/hunter2")))
    slack.channel = try text("#alerts", "channel")
    slack.title = try text("{{ template \"house.title\" . }}", "title")
    var mattermost = MattermostSettings(
      webhookURL: Secret("https://mattermost.example/hooks/hunter2"))
    mattermost.text = try text("{{ .Status }}", "text")
    var telegram = TelegramSettings(botToken: Secret("1:t0ken"), chatID: "-100123")
    telegram.apiURL = "https://telegram.example"
    telegram.messageThreadID = 7
    telegram.parseMode = .plain
    #expect(
      settings.receivers.first?.integrations.map(\.target) == [
        .slack(slack), .mattermost(mattermost), .telegram(telegram),
      ])

    var bot = SlackSettings(.bot(token: Secret("t0ken-from-a-file"), url: SlackSettings.botURL))
    bot.channel = try text("C1", "channel")
    bot.fields = [
      .init(
        title: try text("MCP", "title"), value: try text("{{ .CommonLabels.mcp }}", "value"),
        short: true)
    ]
    bot.actions = [
      .init(
        text: try text("Page", "text"), url: try text("{{ .ExternalURL }}", "url"),
        style: try text("danger", "style"))
    ]
    var discord = DiscordSettings(
      webhookURL: Secret("https://chat.example/hook/t0ken-from-a-file?thread=1"))
    discord.content = try text("hello", "content")
    let teams = MSTeamsSettings(webhookURL: Secret("https://teams.example/hunter2"))
    var matrix = MatrixSettings(
      homeserverURL: "https://matrix.example", roomID: "!a:matrix.example",
      accessToken: Secret("t0ken-from-a-file"))
    matrix.messageType = .notice
    let integrations = settings.receivers.last?.integrations ?? []
    #expect(
      integrations.map(\.target) == [
        .slack(bot), .discord(discord), .msteamsv2(teams), .matrix(matrix),
      ])
    #expect(integrations.map(\.sendResolved) == [true, true, true, true])
    #expect(settings.receivers.first?.integrations.first?.sendResolved == false)
    #expect(integrations.map(\.timeout) == [nil, nil, .seconds(3), nil])
  }

  @Test func inhibitRulesAndAlertmanagersAreRead() throws {
    let settings = try settings()
    #expect(
      settings.inhibitRules == [
        InhibitRule(
          sources: [Matcher("severity", equals: "critical")],
          targets: [
            Matcher("severity", equals: "warning"), try Matcher("mcp", .matches, "a.+"),
          ], equal: ["mcp", "site"])
      ])
    var first = AlertmanagerSettings(url: Secret("http://127.0.0.1:9093/am"))
    first.timeout = .seconds(5)
    first.http.headers = [
      .init(
        name: "Authorization", value: .basic(username: Secret("a"), password: Secret("b")),
        isCredential: true)
    ]
    #expect(settings.alertmanagers.first == first)
    #expect(settings.externalLabels == [Label(name: "site", value: "lab")])
  }

  @Test func timeIntervalsAreRead() throws {
    let intervals = try settings().timeIntervals
    var office = Notifications.TimeInterval()
    office.times = [540..<1050, 1080..<1440]
    office.weekdays = [1...5, 0...0]
    office.daysOfMonth = [.init(first: 1, last: 1), .init(first: -3, last: -1)]
    office.months = [1...1, 5...6, 11...12]
    office.years = [2026...2026, 2028...2030]
    office.zone = try #require(TimeZones.rules(named: "Europe/Berlin"))
    var night = Notifications.TimeInterval()
    night.times = [0..<360]
    #expect(intervals == ["office": [office], "night": [night]])
  }

  @Test func whatIsDoubtfulIsSaid() throws {
    let warnings = try check(
      #"""
      route:
        receiver: chat
        routes: [{matchers: ['a="\d"']}]
      receivers:
        - name: chat
          matrix_configs: [{homeserver_url: "http://m.example", room_id: "!a", access_token: x}]
      inhibit_rules: [{equal: [mcp]}]
      global: {resolve_timeout: 5m}
      time_intervals: [{name: a, time_intervals: [{weekdays: []}]}]
      """#
    ).get().warnings.map(\.description)
    #expect(
      warnings == [
        #"test.yml:3:24: route.routes[0].matchers[0]: write a="\\d", which cannot be misread"#,
        "test.yml:6:22: receivers[0].matrix_configs[0]: the token travels unencrypted: the url is"
          + " http, not https",
        "test.yml:7:17: inhibit_rules[0]: holds nothing: every alert is on both sides",
        "test.yml:8:27: global.resolve_timeout: not used: the rules say when an alert ends",
        "test.yml:9:56: time_intervals[0].time_intervals[0].weekdays: an empty list: no time is"
          + " within it",
      ])
  }

  /// The example of the page on routing is one that may be used.
  @Test func theExampleOfTheDocumentationIsValid() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/routing.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let parts = text.components(separatedBy: "```yaml\n").dropFirst()
    #expect(!parts.isEmpty)
    for part in parts {
      let example = part.components(separatedBy: "```").first ?? ""
      #expect(problems(in: example) == [])
      #expect(try check(example).get().warnings == [])
    }
  }
}
