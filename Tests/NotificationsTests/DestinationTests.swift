import Notifications
import PromQL
import Signals
import Testing
import TestSupport

/// How a destination is spared, and how it is made up for.
@Suite struct Destinations {
  @Test func `after five failures it is left alone but for a try, and all goes once that is well`()
  {
    var driver = NotificationDriver(NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.answer = { _ in .unavailable }
    for number in 0..<12 { driver.take("Down/\(number)") }
    driver.run(to: 29)
    let before = driver.tries.count
    #expect((5...8).contains(before))
    #expect(driver.figures.destinations[0].open == 1)
    driver.run(to: 600)
    #expect(driver.tries.count - before <= 8, "\(driver.tries.count) tries")
    driver.answer = { _ in .ok }
    driver.run(to: 900.5)
    #expect(driver.heard.count == 12)
    let times = Set(driver.tries.suffix(12).map(\.seconds))
    #expect(times.count == 1, "\(times)")
    #expect(driver.figures.destinations[0].open == 0)
  }

  @Test func `who asks for time is sent nothing at all meanwhile`() {
    var driver = NotificationDriver(NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.answer = { _ in .answered(status: 429, retryAfter: .seconds(70)) }
    driver.take("Down/a", "Down/b", "Down/c")
    #expect(driver.tries.count == 3)
    driver.answer = { _ in .ok }
    driver.take("Down/d")
    driver.run(to: 69)
    #expect(driver.tries.count == 3)
    driver.run(to: 71)
    #expect(driver.heard.count == 4)
  }

  @Test func `a kind with a rate gets no more than that`() {
    let settings = NotificationDriver.settings { settings in
      settings.route?.groupBy = .allLabels
      settings.receivers[0].integrations = [
        Integration(.slack(SlackSettings(.webhook(Secret("http://slack.test/")))))
      ]
    }
    var driver = NotificationDriver(settings)
    driver.take((0..<12).map { NotificationDriver.alert("Down/\($0)", at: driver.now.wall) })
    #expect(driver.tries.count == 5)
    driver.run(to: 3.5)
    #expect(driver.tries.count == 8)
    driver.run(to: 20)
    #expect(driver.heard.count == 12)
  }

  @Test func `a message that is too large gives way to a smaller one, at once`() {
    var limits = NotificationLimits()
    limits.bodyBytes = 100_000
    var driver = NotificationDriver(limits: limits)
    driver.answer = { $0.body.count > 40_000 ? .status(413) : .ok }
    driver.take((0..<400).map { NotificationDriver.alert("Down/\($0)", at: driver.now.wall) })
    driver.run(to: 1)
    #expect(driver.tries.count == 3)
    #expect(driver.heard.count == 1 && driver.heard[0].contains("+399"))
    #expect(driver.figures.destinations[0].replaced == 2)
    #expect(driver.figures.deadLetters == 0)
    driver.take((0..<400).map { NotificationDriver.alert("-Down/\($0)", at: driver.now.wall) })
    driver.run(to: 400)
    #expect(driver.tries.count == 4 && driver.heard.count == 2)
  }

  @Test func `an hour after one was too large, they may be larger again`() {
    var limits = NotificationLimits()
    limits.bodyBytes = 100_000
    var driver = NotificationDriver(limits: limits)
    let alerts = { (sign: String, now: Timestamp) in
      (0..<400).map { NotificationDriver.alert("\(sign)Down/\($0)", at: now) }
    }
    driver.answer = { $0.body.count > 40_000 ? .status(413) : .ok }
    driver.take(alerts("", driver.now.wall))
    driver.run(to: 1)
    driver.answer = { _ in .ok }
    var sizes = [driver.bodies["chat"]?.utf8.count ?? 0]
    for hour in 1...4 {
      driver.take(alerts(hour % 2 == 1 ? "-" : "", driver.now.wall))
      driver.run(to: Double(hour) * 4000)
      sizes.append(driver.bodies["chat"]?.utf8.count ?? 0)
    }
    #expect(sizes[0] < 40_000 && sizes[1] < 40_000)
    #expect(sizes[4] > 60_000, "\(sizes)")
    #expect(driver.figures.destinations[0].replaced == 2)
  }

  @Test func `one that may have taken it and then finds it too large is told in short`() {
    var limits = NotificationLimits()
    limits.bodyBytes = 100_000
    var driver = NotificationDriver(limits: limits)
    driver.answer = { $0.attempt == 1 ? .lost : $0.body.count > 40_000 ? .status(413) : .ok }
    driver.take((0..<400).map { NotificationDriver.alert("Down/\($0)", at: driver.now.wall) })
    driver.run(to: 60)
    #expect(driver.heard.count == 1 && driver.figures.destinations[0].replaced == 2)
  }

  @Test func `an alert too large by itself is refused after a few tries, not for ever`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(413) }
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    alert.annotations = [Label(name: "summary", value: String(repeating: "x", count: 16_000))]
    driver.take([alert])
    driver.run(to: 700)
    #expect(driver.tries.count <= 8, "\(driver.tries.count)")
    #expect(driver.figures.deadLetters == 1)
  }

  @Test func `what is too large and has ended meanwhile is kept, not dropped`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    alert.annotations = [Label(name: "summary", value: String(repeating: "x", count: 16_000))]
    driver.take([alert])
    driver.take("-Down/a")
    driver.run(to: 400)
    driver.answer = { $0.body.count > 16_384 ? .status(413) : .ok }
    driver.run(to: 2000)
    #expect(driver.figures.deadLetters == 1 && driver.figures.queueLength == 0)
  }

  @Test func `another address is tried at once`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .answered(status: 429, retryAfter: .seconds(3000)) }
    driver.take("Down/a")
    driver.run(to: 100)
    driver.answer = { _ in .ok }
    driver.configure(
      NotificationDriver.settings {
        $0.receivers[0].integrations = [
          Integration(.webhook(WebhookSettings(url: Secret("http://other.test/"))))
        ]
      })
    #expect(driver.heard.count == 1)
  }

  @Test func `one that takes no message however small refuses it as any other`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(413) }
    driver.take("Down/a")
    driver.run(to: 700)
    #expect(driver.tries.count == 3)
    #expect(driver.figures.destinations[0].failed == [.clientError: 1])
    #expect(driver.figures.deadLetters == 1)
  }

  @Test func `others are told that a receiver is not reached for five minutes, and when it is`() {
    let settings = NotificationDriver.settings { settings in
      settings.externalLabels = [Label(name: "site", value: "lab")]
      var other = Receiver(name: "other")
      other.integrations = [
        Integration(.webhook(WebhookSettings(url: Secret("http://other.test/"))))
      ]
      settings.receivers.append(other)
    }
    var driver = NotificationDriver(settings)
    driver.answer = { $0.request.url.exposed.contains("hook") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 299)
    #expect(driver.heardBy == [])
    driver.run(to: 301)
    #expect(driver.heardBy == ["other 300s first notification: +ReceiverFailing"])
    let body = driver.bodies["other"] ?? ""
    for part in [#""receiver":"chat""#, #""integration":"webhook[0]""#, #""site":"lab""#] {
      #expect(body.contains(part), "\(part) in \(body)")
    }
    driver.answer = { _ in .ok }
    driver.run(to: 1000)
    #expect(driver.heardBy.count == 3)
    #expect(driver.heardBy[1].hasPrefix("chat") && driver.heardBy[2].hasPrefix("other"))
    #expect(driver.heardBy[2].hasSuffix("all alerts resolved: -ReceiverFailing"))
  }

  @Test func `a receiver that was well in between is not told of`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 2))
    var isDown = true
    driver.answer = {
      $0.request.url.exposed.hasSuffix("/0") && isDown ? .refusedConnection : .ok
    }
    driver.take("Down/a")
    driver.run(to: 100)
    isDown = false
    driver.answer = { _ in .ok }
    driver.run(to: 250)
    driver.answer = { $0.request.url.exposed.hasSuffix("/0") ? .refusedConnection : .ok }
    driver.take("-Down/a")
    driver.run(to: 420)
    #expect(!driver.heard.contains { $0.contains("ReceiverFailing") })
    driver.run(to: 700)
    #expect(driver.heard.contains { $0.contains("ReceiverFailing") })
  }

  @Test func `when the receiver that failed is taken away, others hear that it fails no more`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 2))
    driver.answer = { $0.request.url.exposed.hasSuffix("/1") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 310)
    #expect(driver.heard.last == "300s first notification: +ReceiverFailing")
    driver.configure(NotificationDriver.settings(webhooks: 1))
    #expect(driver.heard.last == "310s all alerts resolved: -ReceiverFailing")
  }

  @Test func `of a receiver that nothing is sent to any more, nobody is told that it fails`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 2))
    driver.answer = { $0.request.url.exposed.hasSuffix("/0") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 310)
    driver.take("-Down/a")
    driver.answer = { $0.request.url.exposed.hasSuffix("/0") ? .status(410) : .ok }
    driver.run(to: 900)
    #expect(driver.figures.destinations[0].waiting == 0)
    #expect(!driver.heard.contains { $0.contains("-ReceiverFailing") })
    driver.run(to: 9000)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved: -ReceiverFailing") == true)
  }

  @Test func `a receiver that may not be asked for long costs one wake, not one a turn`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .answered(status: 429, retryAfter: .seconds(3000)) }
    driver.take("Down/a")
    for second in 1..<100 {
      driver.run(to: Double(second))
      driver.take("Other/a")
    }
    #expect(driver.wakes <= 10, "\(driver.wakes)")
  }

  @Test func `after a restart others hear that a receiver is reached again`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 2))
    driver.answer = { $0.request.url.exposed.hasSuffix("/0") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 310)
    #expect(driver.heard.last == "300s first notification: +ReceiverFailing")
    driver.answer = { _ in .ok }
    driver.restart()
    driver.take("Down/a")
    driver.run(to: 2000)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved: -ReceiverFailing") == true)
    #expect(driver.figures.groups == 1)
  }

  @Test func `what was given up and is in other groups by now is sent before its end`() throws {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(410) }
    driver.take("Down/a", "Down/b")
    let dead = try #require(driver.journal.dead.first)
    driver.answer = { _ in .ok }
    driver.configure(NotificationDriver.settings { $0.route?.groupBy = .labels(["mcp"]) })
    driver.run(to: 400)
    driver.take("-Down/b")
    driver.run(to: 1000)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved: -b") == true)
    let before = driver.heard.count
    _ = try driver.redeliver(dead)
    driver.run(to: 2000)
    let told = driver.heard.dropFirst(before).map { $0.split(separator: ": ").last ?? "" }
    #expect(told == ["+a +b", "-b"])
  }

  @Test func `what was given up is sent again by hand, under its key`() throws {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(410) }
    driver.take("Down/a")
    let dead = try #require(driver.journal.dead.first)
    #expect(driver.figures.deadLetters == 1)
    driver.take("-Down/a")
    driver.answer = { _ in .ok }
    #expect(try driver.redeliver(dead) == 2)
    #expect(driver.heard.first == "0s first notification: +a")
    #expect(driver.keys == [dead.key, dead.key])
    #expect(driver.figures.deadLetters == 0)
    // It tells of what has ended meanwhile: the end follows.
    driver.run(to: 1000)
    #expect(driver.heard.count == 2 && driver.heard[1].hasSuffix("all alerts resolved: -a"))
    driver.restart()
    driver.run(to: 2000)
    #expect(driver.heard.count == 2)
  }
}
