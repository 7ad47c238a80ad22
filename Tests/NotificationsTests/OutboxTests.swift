import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Delivering {
  @Test func `a refused connection is tried again with the same key and body until it works`() {
    var driver = NotificationDriver()
    var orders: [DeliveryOrder] = []
    var left = 5
    driver.answer = { _ in
      left -= 1
      return left >= 0 ? .refusedConnection : .ok
    }
    driver.take("Down/a")
    while driver.heard.isEmpty && driver.seconds < 100 {
      driver.run(to: Double(driver.seconds) + 1)
    }
    #expect(driver.tries.map(\.message) == [1, 1, 1, 1, 1, 1])
    driver.answer = { order in
      orders.append(order)
      return nil
    }
    #expect(driver.heard.count == 1)
    let figures = driver.figures.destinations[0]
    #expect(figures.tries == 6)
    #expect(figures.delivered == 1)
    #expect(figures.failedTries == [.network: 5])
    #expect(figures.failed.isEmpty)
    #expect(figures.latency.count == 1)
    #expect(driver.figures.queueLength == 0)
  }

  @Test func `every try of a message is the same but for its number`() {
    var driver = NotificationDriver()
    driver.answer = { _ in nil }
    driver.take("Down/a")
    let first = driver.flying[0]
    driver.land(.unavailable)
    driver.run(to: 10)
    let second = driver.flying[0]
    #expect(second.idempotencyKey == first.idempotencyKey)
    #expect(second.body == first.body)
    #expect([first.attempt, second.attempt] == [1, 2])
    #expect(first.deadline == .at(10))
  }

  @Test func `five minutes of 503 take fewer than twenty tries and keep the order`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .unavailable }
    driver.take("Down/a")
    driver.run(to: 20)
    driver.take("-Down/a")
    driver.run(to: 600)
    #expect(driver.tries.count < 20)
    #expect(driver.figures.queueLength == 2)
    driver.answer = { _ in .ok }
    driver.run(to: 900)
    #expect(
      driver.heard.map { $0.drop { $0 != " " } } == [
        " first notification: +a", " all alerts resolved: -a",
      ])
  }

  @Test func `a retry waits for as long as the receiver asks`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .answered(status: 429, retryAfter: .seconds(77)) }
    driver.take("Down/a")
    driver.run(to: 76.9)
    #expect(driver.tries.count == 1)
    driver.run(to: 77)
    #expect(driver.tries.count == 2)
  }

  @Test func `a refusal is final the third time, and the next flush decides anew`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(404) }
    driver.take("Down/a")
    driver.run(to: 899)
    #expect(driver.tries.map(\.seconds) == [0, 120, 600])
    #expect(driver.journal.ended == [1: .failed(.clientError)])
    #expect(driver.journal.contents.log.isEmpty)
    driver.answer = { _ in .ok }
    driver.run(to: 900)
    #expect(driver.heard == ["900s first notification: +a"])
  }

  @Test func `410 is final at once`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(410) }
    driver.take("Down/a")
    #expect(driver.journal.ended == [1: .failed(.clientError)])
  }

  @Test func `an end whose beginning surely never arrived is not sent`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(404) }
    driver.take("Down/a")
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 3000)
    #expect(driver.decided.count == 2)
    #expect(driver.journal.ended == [1: .failed(.clientError), 2: .collapsed])
    #expect(driver.figures.destinations[0].collapsed == 1)
    #expect(driver.journal.contents.log.isEmpty)
  }

  @Test func `an end follows a beginning that may have arrived, though it never said so`() {
    var limits = NotificationLimits()
    limits.messageLifetime = .seconds(200)
    var driver = NotificationDriver(limits: limits)
    driver.answer = { _ in .lost }
    driver.take("Down/a")
    driver.run(to: 250)
    #expect(driver.journal.ended == [1: .failed(.expired)])
    driver.answer = { _ in .ok }
    driver.take("-Down/a")
    driver.run(to: 700)
    #expect(driver.heard == ["300s all alerts resolved: -a"])
  }

  @Test func `an end that never arrived is told again`() {
    var limits = NotificationLimits()
    limits.messageLifetime = .seconds(400)
    var driver = NotificationDriver(limits: limits)
    driver.take("Down/a")
    driver.answer = { _ in .refusedConnection }
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 1000)
    #expect(driver.journal.ended[2] == .failed(.expired))
    driver.answer = { _ in .ok }
    driver.run(to: 5000)
    #expect(driver.heard.count == 2)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved: -a") == true)
  }

  @Test func `a message that expires unsent is counted, and the alert told anew`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 24 * 3600 + 10)
    #expect(driver.journal.ended == [1: .failed(.expired)])
    #expect(driver.figures.destinations[0].failed == [.expired: 1])
    driver.answer = { _ in .ok }
    driver.run(to: 24 * 3600 + 400)
    #expect(driver.heard.count == 1)
    #expect(driver.heard[0].hasSuffix("first notification: +a"))
  }

  @Test func `a dead receiver gets no repetitions in its queue`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 20 * 3600)
    #expect(driver.figures.queueLength == 1)
    #expect((driver.figures.decisions[.silent(.notDelivered)] ?? 0) > 100)
  }

  @Test func `only the first message of a lane is under way, and four lanes at a time`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.answer = { _ in nil }
    driver.take("Down/a", "Down/b", "Down/c", "Down/d", "Down/e", "Down/f")
    #expect(driver.flying.map(\.id.message) == [1, 2, 3, 4])
    driver.run(to: 5)
    driver.take("-Down/a")
    driver.run(to: 9)
    driver.land(.ok)
    #expect(driver.flying.map(\.id.message) == [2, 3, 4, 5])
    driver.land(.unavailable)
    #expect(driver.flying.map(\.id.message) == [3, 4, 5, 6])
    #expect(driver.figures.destinations[0].inFlight == 4)
  }

  @Test func `one dead webhook of ten holds up no other`() {
    var driver = NotificationDriver(NotificationDriver.settings(webhooks: 10))
    driver.answer = { $0.request.url.exposed.hasSuffix("/3") ? .refusedConnection : .ok }
    driver.take("Down/a")
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 299)
    #expect(driver.heard.count == 9)
    driver.run(to: 300.5)
    #expect(driver.heard.filter { $0.hasPrefix("300s all alerts resolved: -a") }.count == 9)
    #expect(driver.figures.destinations.map(\.waiting) == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0])
  }

  @Test func `a report of an earlier try, or of no message, counts for nothing`() {
    var driver = NotificationDriver()
    driver.answer = { _ in nil }
    driver.take("Down/a")
    let order = driver.flying[0]
    driver.land(.unavailable)
    driver.run(to: 10)
    for (id, attempt) in [(order.id, 1), (.message(7), 1), (order.id, 3)] {
      driver.state.end(
        DeliveryReport(id: id, attempt: attempt, result: .ok), at: driver.now)
    }
    #expect(driver.figures.lateReports == 3)
    #expect(driver.figures.queueLength == 1)
  }

  @Test func `a try whose report is lost is tried again`() {
    var driver = NotificationDriver()
    driver.answer = { _ in nil }
    driver.take("Down/a")
    driver.run(to: 39)
    #expect(driver.tries.count == 1)
    driver.run(to: 60)
    #expect(driver.tries.count == 2)
  }
}
