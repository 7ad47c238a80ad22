import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Bounds {
  @Test func `when a destination has too much waiting, it is told later, and the others now`() {
    var limits = NotificationLimits()
    limits.messages = 4
    var driver = NotificationDriver(
      NotificationDriver.settings(webhooks: 2) { $0.route?.groupBy = .allLabels }, limits: limits)
    driver.answer = { $0.request.url.exposed.hasSuffix("/0") ? .refusedConnection : .ok }
    driver.take("Down/a", "Down/b")
    driver.take("Down/c")
    #expect(driver.heard.count == 3)
    #expect(driver.figures.destinations.map(\.waiting) == [2, 0])
    driver.run(to: 20)
    driver.take("-Down/c")
    driver.run(to: 299)
    #expect(driver.heard.count == 4)
    driver.run(to: 400)
    // That the first one is not reached.
    #expect(driver.heard.count == 5)
    #expect(driver.figures.flushesPutOff > 3)
    driver.answer = { _ in .ok }
    driver.run(to: 2000)
    // What nobody at the first one was told of has ended: it has nothing to hear of it.
    #expect(driver.heard.count == 8)
    #expect(driver.figures.groups == 2)
  }

  @Test func `too many bytes waiting count as too many messages`() {
    var limits = NotificationLimits()
    limits.messageBytes = 100
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels }, limits: limits)
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a", "Down/b")
    #expect(driver.figures.queueLength == 1)
    driver.answer = { _ in .ok }
    driver.run(to: 100)
    #expect(driver.heard.count == 2)
  }

  @Test func `receivers that nobody is routed to have no share of the room`() {
    var limits = NotificationLimits()
    limits.messages = 4
    let settings = NotificationDriver.settings { settings in
      settings.route?.groupBy = .allLabels
      for number in 0..<3 {
        var other = Receiver(name: "other \(number)")
        other.integrations = [
          Integration(.webhook(WebhookSettings(url: Secret("http://127.0.0.1:9/"))))
        ]
        settings.receivers.append(other)
      }
    }
    var driver = NotificationDriver(settings, limits: limits)
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a", "Down/b", "Down/c")
    #expect(driver.figures.queueLength == 3)
  }

  @Test func `groups, and alerts of a group, have bounds, and what is refused is counted`() {
    var limits = NotificationLimits()
    limits.groups = 2
    limits.alertsPerGroup = 3
    var driver = NotificationDriver(limits: limits)
    driver.take("A/1", "A/2", "A/3", "A/4", "B/1", "C/1")
    #expect(driver.figures.groups == 2)
    #expect(driver.figures.alerts == 4)
    #expect(driver.figures.alertsRefused == [.groups: 1, .alertsPerGroup: 1])
  }

  @Test func `the log has a bound, and what fires stays in it`() {
    var limits = NotificationLimits()
    limits.logEntries = 20
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels }, limits: limits)
    driver.take("Down/stays")
    for number in 0..<60 {
      driver.take("Down/\(number)")
      driver.run(to: Double(number) * 10 + 1)
      driver.take("-Down/\(number)")
    }
    driver.run(to: 3700)
    #expect(driver.journal.contents.log.count <= 20)
    driver.take("-Down/stays")
    driver.run(to: 4100)
    #expect(driver.heard.last?.hasSuffix("-stays") == true)
  }

  @Test func `two thousand groups at once are told, oldest first`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    let now = driver.now.wall
    driver.take((0..<2_000).map { NotificationDriver.alert("Down/\($0)", at: now) })
    #expect(driver.figures.destinations[0].delivered == 2_000)
    #expect(driver.tries.map(\.message) == Array(1...2_000))
  }
}
