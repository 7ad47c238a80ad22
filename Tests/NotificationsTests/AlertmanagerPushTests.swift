import Notifications
import PromQL
import Signals
import Testing
import TestSupport

@Suite struct AlertmanagerPushes {
  private static func settings(_ count: Int = 1) -> NotificationSettings {
    var settings = NotificationSettings()
    settings.alertmanagers = (0..<count).map {
      AlertmanagerSettings(url: Secret("http://user:s3cret@am-\($0).test:9093/prefix"))
    }
    return settings
  }

  @Test func `every alert is pushed, in the form of its API, without a route`() {
    var driver = NotificationDriver(Self.settings())
    driver.answer = { order in
      #expect(order.request.url.exposed.hasSuffix("test:9093/prefix/api/v2/alerts"))
      return .ok
    }
    driver.take("Down/a", "-Slow/b")
    #expect(
      driver.pushed == [
        #"[{"labels":{"alertname":"Down","mcp":"a"},"annotations":{"summary":"it is Down/a"},"#
          + #""startsAt":"2027-01-15T08:00:00Z","endsAt":"2027-01-15T08:00:00Z","#
          + #""generatorURL":"http://agent.test/graph"},"#
          + #"{"labels":{"alertname":"Slow","mcp":"b"},"annotations":{"summary":"it is -Slow/b"},"#
          + #""startsAt":"2027-01-15T08:00:00Z","endsAt":"2027-01-15T08:00:00Z","#
          + #""generatorURL":"http://agent.test/graph"}]"#
      ])
    #expect(driver.figures.pushes.map(\.sent) == [2])
    #expect(driver.figures.pushes.map(\.address) == ["http://am-0.test:9093"])
  }

  @Test func `it hears that a receiver is not reached, each minute while that is so`() {
    var settings = NotificationDriver.settings()
    settings.alertmanagers = Self.settings().alertmanagers
    var driver = NotificationDriver(settings)
    driver.answer = { $0.request.url.exposed.contains("hook") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 299)
    #expect(driver.pushed.count == 1)
    driver.run(to: 550)
    let told = driver.pushed.filter { $0.contains("ReceiverFailing") }
    #expect((4...5).contains(told.count), "\(told.count)")
    // It counts as ended by itself, when no more of it comes.
    #expect(told.last?.contains(#""endsAt":"2027-01-15T08:1"#) == true, "\(told)")
    driver.answer = { _ in .ok }
    driver.run(to: 900)
    let all = driver.pushed.count
    driver.run(to: 2000)
    #expect(driver.pushed.count == all)
  }

  @Test func `while it is away, the newest of each alert waits, the resolved ones too`() {
    var driver = NotificationDriver(Self.settings(2))
    driver.answer = { $0.request.url.exposed.contains("am-0") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.take("Down/a", "Down/b")
    driver.take("-Down/a")
    driver.run(to: 7200)
    #expect(driver.pushed.count == 3)
    #expect(driver.figures.pushes.map(\.waiting) == [2, 0])
    #expect(driver.tries.count > 100)
    driver.pushed = []
    driver.answer = { _ in .ok }
    driver.run(to: 7300)
    #expect(driver.pushed.count == 1)
    #expect(driver.pushed[0].contains("it is -Down/a") && driver.pushed[0].contains("Down/b"))
    #expect(driver.figures.pushes.map(\.waiting) == [0, 0])
  }

  @Test func `bunches follow each other, one at a time, and what comes meanwhile is not lost`() {
    var limits = NotificationLimits()
    limits.alertsPerPush = 2
    var driver = NotificationDriver(Self.settings(), limits: limits)
    driver.answer = { _ in nil }
    driver.take("Down/a", "Down/b", "Down/c")
    #expect(driver.flying.count == 1)
    driver.take("-Down/a")
    #expect(driver.flying.count == 1)
    driver.land(.ok)
    driver.land(.ok)
    #expect(driver.flying.isEmpty)
    #expect(driver.pushed.count == 2)
    #expect(driver.pushed[1].contains("Down/c") && driver.pushed[1].contains("it is -Down/a"))
    #expect(driver.figures.pushes.map(\.waiting) == [0])
  }

  @Test func `one that takes no large bodies gets smaller ones`() {
    var driver = NotificationDriver(Self.settings())
    driver.answer = { $0.body.count > 1000 ? .status(413) : .ok }
    driver.take((0..<20).map { NotificationDriver.alert("Down/\($0)", at: driver.now.wall) })
    driver.run(to: 60)
    #expect(driver.figures.pushes.map(\.sent) == [20])
    var huge = NotificationDriver.alert("Huge/a", at: driver.now.wall)
    huge.annotations = [Label(name: "summary", value: String(repeating: "x", count: 2000))]
    driver.take([huge] + ["Down/a"].map { NotificationDriver.alert($0, at: driver.now.wall) })
    driver.run(to: 120)
    #expect(driver.figures.pushes.map(\.sent) == [21])
    #expect(driver.figures.pushes[0].failed[.tooLarge] ?? 0 > 0)
    #expect(driver.figures.pushes.map(\.waiting) == [0])
  }

  @Test func `one that takes nothing however small costs a try an alert, not more`() {
    var driver = NotificationDriver(Self.settings())
    driver.answer = { _ in .status(413) }
    driver.take((0..<100).map { NotificationDriver.alert("Down/\($0)", at: driver.now.wall) })
    driver.run(to: 60)
    #expect(driver.figures.pushes.map(\.waiting) == [0])
    #expect(driver.tries.count <= 110, "\(driver.tries.count)")
  }

  @Test func `a report that never comes is given up, and a bound keeps the memory`() {
    var limits = NotificationLimits()
    limits.pushQueue = 3
    var driver = NotificationDriver(Self.settings(), limits: limits)
    driver.answer = { _ in nil }
    driver.take("Down/a", "Down/b", "Down/c", "Down/d")
    #expect(driver.figures.pushes.map(\.dropped) == [1])
    driver.answer = { _ in .ok }
    driver.run(to: 60)
    #expect(driver.figures.pushes.map(\.sent) == [3])
    #expect(driver.figures.pushes[0].failed == [.local: 3])
  }

  @Test func `one that stays keeps what waits, and one that is new is given what comes`() {
    var driver = NotificationDriver(Self.settings())
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.configure(Self.settings(2))
    #expect(driver.figures.pushes.map(\.waiting) == [1, 0])
    driver.configure(NotificationSettings())
    #expect(driver.figures.pushes.isEmpty)
  }
}
