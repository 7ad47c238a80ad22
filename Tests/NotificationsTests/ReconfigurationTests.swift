import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Reconfiguring {
  private func settings(by groupBy: Route.GroupBy) -> NotificationSettings {
    NotificationDriver.settings { $0.route?.groupBy = groupBy }
  }

  @Test func `other groups repeat nothing and lose no end`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Down/b")
    driver.run(to: 100)
    driver.configure(settings(by: .allLabels))
    driver.run(to: 200)
    #expect(driver.heard == ["0s first notification: +a +b"])
    driver.take("-Down/a")
    driver.run(to: 500)
    driver.configure(settings(by: .labels([])))
    driver.take("-Down/b")
    driver.run(to: 1000)
    #expect(
      driver.heard.dropFirst() == [
        "400s all alerts resolved: -a", "800s all alerts resolved: -b",
      ])
    #expect(driver.figures.groups == 0)
  }

  @Test func `other groups do so across a restart too`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Down/b")
    driver.settings = settings(by: .allLabels)
    driver.restart(after: 10)
    driver.take("Down/a", "-Down/b")
    driver.run(to: 1000)
    #expect(
      driver.heard == [
        "0s first notification: +a +b", "10s all alerts resolved: -b",
      ])
  }

  @Test func `an end in a new group waits for the beginning in the old one`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a", "Down/b")
    driver.run(to: 50)
    driver.configure(settings(by: .allLabels))
    driver.take("-Down/a")
    driver.run(to: 400)
    #expect(driver.figures.queueLength == 2)
    driver.answer = { $0.id.message == 1 ? .unavailable : .ok }
    driver.run(to: 800)
    #expect(driver.heard.isEmpty)
    driver.answer = { _ in .ok }
    driver.run(to: 1200)
    #expect(
      driver.heard.map { $0.drop { $0 != " " } } == [
        " first notification: +a +b", " all alerts resolved: -a",
      ])
  }

  @Test func `back and forth, what waits still goes in its order`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    for (index, groupBy) in [.allLabels, .labels(["alertname"]), .labels([]), .allLabels]
      .enumerated() as EnumeratedSequence<[Route.GroupBy]>
    {
      driver.take(index % 2 == 0 ? "Down/a" : "-Down/a", "Down/b", "Down/x\(index)")
      driver.run(to: Double(index + 1) * 400)
      driver.configure(settings(by: groupBy))
    }
    driver.restart()
    let waiting = driver.journal.contents.messages
    driver.answer = { _ in .ok }
    driver.tries = []
    driver.run(to: 3000)
    let first = driver.tries.map(\.message)
    let ofB = waiting.filter { $0.told.firing.contains { $0.labels["mcp"] == "b" } }.map(\.number)
    #expect(ofB.count >= 3)
    #expect(first.filter { ofB.contains($0) } == ofB)
    #expect(driver.figures.queueLength == 0)
  }

  @Test func `a beginning that never arrived in the old group is told in the new one`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(404) }
    driver.take("Down/a", "Down/b")
    driver.run(to: 50)
    driver.configure(settings(by: .allLabels))
    driver.run(to: 610)
    #expect(driver.journal.ended == [1: .failed(.clientError)])
    driver.answer = { _ in .ok }
    driver.run(to: 1000)
    #expect(driver.heard == ["650s first notification: +a", "650s first notification: +b"])
  }

  @Test func `messages to a receiver that is gone end so, and are counted`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 2))
    driver.answer = { _ in .unavailable }
    driver.take("Down/a")
    driver.configure(NotificationDriver.settings())
    #expect(driver.journal.ended == [2: .failed(.receiverRemoved)])
    driver.configure(NotificationDriver.settings { $0.receivers[0].name = "other" })
    #expect(driver.journal.ended[1] == .failed(.receiverRemoved))
    #expect(driver.figures.queueLength == 0)
  }

  @Test func `a new webhook is told at once of what fires`() {
    var driver = NotificationDriver()
    driver.take("Down/a")
    driver.run(to: 100)
    driver.configure(NotificationDriver.settings(webhooks: 2))
    #expect(driver.heard == ["0s first notification: +a", "100s first notification: +a"])
    #expect(driver.tries.count == 2)
  }

  @Test func `the same settings again change nothing`() {
    var driver = NotificationDriver()
    driver.take("Down/a")
    driver.run(to: 100)
    driver.take("-Down/a")
    driver.configure(driver.settings)
    #expect(driver.heard.count == 1)
    driver.run(to: 300)
    #expect(driver.heard.count == 2)
  }

  @Test func `after a time without a route, what has ended meanwhile is told`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Down/b")
    driver.configure(NotificationDriver.settings { $0.route = nil })
    driver.run(to: 100)
    driver.configure(NotificationDriver.settings())
    driver.take("Down/b")
    driver.run(to: 2000)
    #expect(driver.heard == ["0s first notification: +a +b", "1000s some alerts resolved: +b -a"])
  }
}
