import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct GroupTiming {
  @Test func `with no group wait, the message is decided in the call that hands the alert over`() {
    var driver = NotificationDriver()
    driver.run(to: 10)
    driver.state.take([NotificationDriver.alert("Down/a", at: driver.now.wall)], at: driver.now)
    let changes = driver.state.takeChanges(batch: 1000)
    #expect(changes?.messages.map(\.reason) == [.firstNotification])
    #expect(changes?.log.count == 1)
  }

  @Test func `a group waits, then tells what is new once an interval`() {
    var driver = NotificationDriver(NotificationDriver.settings(wait: .seconds(30)))
    driver.run(to: 10)
    driver.take("Down/a")
    driver.run(to: 20)
    driver.take("Down/b")
    driver.run(to: 50)
    driver.take("Down/c", "-Down/a")
    driver.run(to: 400)
    driver.take("-Down/b", "-Down/c")
    driver.run(to: 2000)
    #expect(
      driver.heard == [
        "40s first notification: +a +b", "340s new alerts added: +b +c -a",
        "640s all alerts resolved: -b -c",
      ])
    #expect(driver.figures.groups == 0)
  }

  @Test func `an alert that has fired for longer than the group wait does not wait`() {
    var driver = NotificationDriver(NotificationDriver.settings(wait: .seconds(30)))
    driver.run(to: 100)
    driver.take([NotificationDriver.alert("Down/a", at: driver.now.wall, startsAt: Now.at(60).wall)]
    )
    #expect(driver.heard == ["100s first notification: +a"])
  }

  @Test func `what fires and ends between two flushes stays silent`() {
    var driver = NotificationDriver(NotificationDriver.settings(wait: .seconds(30)))
    driver.take("Down/a")
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 1000)
    #expect(driver.decided.isEmpty)
    #expect(driver.figures.groups == 0)
    #expect(driver.figures.decisions == [.silent(.nothingFires): 1])
  }

  @Test func `what goes on is repeated, what is handed over again is not`() {
    var driver = NotificationDriver()
    for minute in 0..<(9 * 60) {
      driver.run(to: Double(minute) * 60)
      driver.take("Down/a")
    }
    #expect(
      driver.heard == [
        "0s first notification: +a", "14400s repeat interval elapsed: +a",
        "28800s repeat interval elapsed: +a",
      ])
  }

  @Test func `an end that was told is not told again when it is handed over again`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Down/b")
    driver.run(to: 60)
    for minute in 1...30 {
      driver.run(to: Double(minute) * 60)
      driver.take("-Down/a", "Down/b")
    }
    #expect(driver.heard == ["0s first notification: +a +b", "300s some alerts resolved: +b -a"])
  }

  @Test func `groups are told apart by their labels`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Slow/a", "Down/b")
    #expect(
      driver.heard.sorted() == ["0s first notification: +a", "0s first notification: +a +b"])
  }

  @Test func `with all labels, each alert is a group`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.take("Down/a", "Down/b")
    #expect(driver.heard == ["0s first notification: +a", "0s first notification: +b"])
  }

  @Test func `who does not want ends is told of a new beginning`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.receivers[0].integrations[0].sendResolved = false })
    driver.take("Down/a")
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 700)
    driver.take("Down/a")
    #expect(driver.heard == ["0s first notification: +a", "700s new alerts added: +a"])
    #expect(driver.figures.decisions[.silent(.resolvedNotWanted)] == 1)
  }

  @Test func `without a route nobody is told anything`() {
    var driver = NotificationDriver(NotificationDriver.settings { $0.route = nil })
    driver.take("Down/a")
    driver.run(to: 1000)
    #expect(driver.decided.isEmpty)
  }
}
