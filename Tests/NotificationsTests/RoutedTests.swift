import Notifications
import PromQL
import Signals
import Testing
import TestSupport

/// What comes of routes, holds and other settings, in the state that decides.
@Suite struct RoutedMessages {
  /// `team` gets what is of the team `db`, `audit` everything as well, `chat` the rest.
  private static func tree(
    _ adjust: (inout NotificationSettings) -> Void = { _ in }
  ) -> NotificationSettings {
    NotificationDriver.settings { settings in
      var audit = settings.route ?? Route(receiver: "audit")
      audit.receiver = "audit"
      audit.continues = true
      var team = audit
      team.receiver = "team"
      team.matchers = [Matcher("mcp", equals: "db")]
      team.continues = false
      settings.route?.routes = [audit, team]
      for name in ["audit", "team"] {
        var receiver = Receiver(name: name)
        receiver.integrations = [
          Integration(.webhook(WebhookSettings(url: Secret("http://\(name).test/"))))
        ]
        settings.receivers.append(receiver)
      }
      adjust(&settings)
    }
  }

  @Test func `the deepest routes tell, and siblings after one that continues`() {
    var driver = NotificationDriver(Self.tree())
    driver.take("Down/db", "Slow/web")
    #expect(
      driver.heardBy.sorted() == [
        "audit 0s first notification: +db", "audit 0s first notification: +web",
        "team 0s first notification: +db",
      ])
    #expect(
      driver.journal.contents.log.map(\.lane.group.text).sorted() == [
        #"{}/{mcp="db"}:{alertname="Down"}"#, #"{}/{}:{alertname="Down"}"#,
        #"{}/{}:{alertname="Slow"}"#,
      ])
  }

  @Test func `an alert that other routes take is not told again, and its end is told to all`() {
    var driver = NotificationDriver(Self.tree())
    driver.take("Down/db")
    driver.heardBy = []
    // The team's route is gone: the root's takes it, beside the audit's.
    driver.configure(Self.tree { $0.route?.routes.removeAll { $0.receiver == "team" } })
    driver.run(to: 400)
    #expect(driver.heardBy == [])
    driver.take("-Down/db")
    driver.run(to: 800)
    #expect(
      driver.heardBy.sorted() == [
        "audit 600s all alerts resolved: -db", "team 400s all alerts resolved: -db",
      ])
    driver.take("Down/db")
    driver.run(to: 2000)
    #expect(driver.heardBy.count == 3 && driver.heardBy[2].hasPrefix("audit"))
  }

  @Test func `after a restart too, a receiver without a route hears of the end`() {
    var driver = NotificationDriver(Self.tree())
    driver.take("Down/db")
    driver.settings = Self.tree { $0.route?.routes.removeAll { $0.receiver == "team" } }
    driver.restart()
    driver.heardBy = []
    driver.take("Down/db")
    driver.run(to: 1000)
    #expect(driver.heardBy == [])
    driver.take("-Down/db")
    driver.run(to: 1400)
    #expect(driver.heardBy.contains("team 1000s all alerts resolved: -db"))
    // One that nobody hands over after a restart has ended.
    driver.take("Down/db")
    driver.settings = Self.tree()
    driver.restart()
    driver.heardBy = []
    driver.run(to: 3000)
    #expect(driver.heardBy.map { $0.prefix(6) } == ["audit "])
  }

  @Test func `what a rule inhibits is not told until its source has ended`() {
    let rule = InhibitRule(
      sources: [Matcher("alertname", equals: "Open")],
      targets: [Matcher("alertname", equals: "Down")], equal: ["mcp"])
    var driver = NotificationDriver(NotificationDriver.settings { $0.inhibitRules = [rule] })
    driver.take("Open/a", "Down/a", "Down/b")
    #expect(
      driver.heard == ["0s first notification: +a", "0s first notification: +b"])
    #expect(driver.figures.decisions[.silent(.inhibited)] == nil)
    driver.take("-Open/a")
    driver.run(to: 700)
    #expect(
      Set(driver.heard.dropFirst(2)) == [
        "300s all alerts resolved: -a", "600s new alerts added: +a +b",
      ]
        || Set(driver.heard.dropFirst(2)) == [
          "300s all alerts resolved: -a", "300s new alerts added: +a +b",
        ])
  }

  @Test func `a silence holds what is new, and not the end of what was told`() throws {
    var driver = NotificationDriver()
    driver.take("Down/a")
    _ = try driver.silence([Matcher("alertname", equals: "Down")], for: 3600)
    driver.take("Down/b")
    driver.run(to: 400)
    #expect(driver.heard == ["0s first notification: +a"])
    #expect(driver.figures.decisions[.silent(.silenced)] == 1)
    driver.take("-Down/a", "-Down/b")
    driver.run(to: 700)
    #expect(driver.heard.last == "600s all alerts resolved: -a")
    driver.take("Down/b")
    driver.run(to: 3599)
    #expect(driver.heard.count == 2)
    driver.run(to: 4200)
    #expect(driver.heard.count == 3 && driver.heard[2].hasSuffix("new alerts added: +b"))
  }

  @Test func `who does not want to hear of ends hears of each beginning`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.receivers[0].integrations[0].sendResolved = false })
    driver.take("Down/a", "Down/b")
    driver.take("-Down/a")
    driver.run(to: 1200)
    driver.take("-Down/b")
    driver.run(to: 1800)
    driver.take("Down/a")
    driver.run(to: 2400)
    #expect(driver.heard.count == 2 && driver.heard[1].hasSuffix("new alerts added: +a"))
    driver.take("Down/b")
    driver.run(to: 2700)
    driver.take("-Down/a")
    driver.run(to: 3600)
    driver.take("Down/a")
    driver.run(to: 4500)
    #expect(driver.heard.last?.hasSuffix("new alerts added: +a +b") == true)
  }

  @Test func `silences outlive a restart, and what the journal refused is written again`() throws {
    var driver = NotificationDriver()
    driver.commits = false
    let id = try driver.silence([Matcher("mcp", equals: "a")], for: 3600)
    #expect(driver.journal.contents.silences == [])
    driver.commits = true
    driver.run(to: 1)
    driver.take("Down/b")
    #expect(driver.journal.contents.silences.map(\.id) == [id])
    driver.restart()
    driver.take("Down/a", "Down/b")
    driver.run(to: 2000)
    #expect(!driver.heard.contains { $0.contains("+a") })
  }
}
