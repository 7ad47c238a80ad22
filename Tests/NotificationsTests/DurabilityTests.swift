import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Durability {
  @Test func `nothing is sent before the journal has it`() {
    var driver = NotificationDriver()
    driver.commits = nil
    driver.take("Down/a")
    driver.run(to: 100)
    #expect(driver.tries.isEmpty)
    driver.state.committed(through: 1_000)
    driver.settle()
    #expect(driver.heard == ["100s first notification: +a"])
  }

  @Test func `a commit releases only the messages of its batches`() {
    var driver = NotificationDriver()
    driver.commits = nil
    for (batch, name) in [(100, "A/a"), (101, "B/b"), (102, "C/c")] as [(UInt64, String)] {
      driver.state.take([NotificationDriver.alert(name, at: driver.now.wall)], at: driver.now)
      #expect(driver.state.takeChanges(batch: batch) != nil)
    }
    driver.state.committed(through: 101)
    #expect(driver.state.takeOrders(at: driver.now).map(\.id.message) == [1, 2])
    driver.state.committed(through: 102)
    #expect(driver.state.takeOrders(at: driver.now).map(\.id.message) == [3])
  }

  /// Otherwise a crash would bring both back, and the receiver hear firing after resolved.
  @Test func `what follows a message is not sent before its end is committed`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupInterval = .seconds(1) })
    driver.answer = { _ in nil }
    driver.take("Down/a")
    driver.take("-Down/a")
    driver.run(to: 2)
    #expect(driver.decided.count == 2 && driver.flying.map(\.id.message) == [1])
    driver.commits = nil
    driver.land(.ok)
    #expect(driver.flying.isEmpty)
    driver.state.committed(through: 1_000)
    driver.settle()
    #expect(driver.flying.map(\.id.message) == [2])
  }

  @Test func `what the journal refuses is sent all the same, and handed to it again`() {
    var driver = NotificationDriver()
    driver.commits = false
    driver.answer = { _ in nil }
    driver.take("Down/a")
    #expect(driver.flying.count == 1)
    let again = driver.state.takeChanges(batch: 100)
    #expect(again?.messages.map(\.number) == [1])
    #expect(again?.log.count == 1)
    #expect(again?.nextMessage == 2)
    driver.state.committed(through: 100)
    #expect(driver.state.takeChanges(batch: 101) == nil)
  }

  @Test func `a lane goes on when the journal knows how its message has failed`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .lost }
    driver.take("Down/a")
    driver.run(to: 10)
    driver.take("-Down/a")
    driver.run(to: 301)
    driver.answer = { _ in .status(410) }
    driver.commits = nil
    driver.run(to: 700)
    #expect(driver.tries.last?.message == 1)
    driver.state.committed(through: 10_000)
    driver.answer = { _ in .ok }
    driver.settle()
    #expect(driver.heard == ["700s all alerts resolved: -a"])
  }

  @Test func `of a message delivered while the journal refused, only the end is handed over`() {
    var driver = NotificationDriver()
    driver.commits = false
    driver.take("Down/a")
    #expect(driver.heard.count == 1)
    let changes = driver.state.takeChanges(batch: 100)
    #expect(changes?.messages.isEmpty == true)
    #expect(changes?.ended.map(\.end) == [.delivered])
    #expect(changes?.log.first?.arrived?.firing.count == 1)
  }

  @Test func `a new journal gets all that the one before had`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.take("Down/a")
    driver.answer = { _ in .unavailable }
    driver.take("Down/b")
    driver.run(to: 400)
    driver.take("-Down/b")
    driver.run(to: 800)
    let before = driver.journal.contents
    #expect(before.messages.count == 2 && before.log.count == 2)
    driver.journal = JournalModel()
    driver.state.writeAllAgain()
    driver.settle()
    #expect(driver.journal.contents == before)
    driver.answer = { _ in .ok }
    driver.restart()
    driver.run(to: 1000)
    #expect(driver.journal.contents.messages.isEmpty)
    #expect(driver.heard.map { $0.suffix(2) } == ["+a", "+b", "-b"])
  }

  @Test func `a new journal does not get twice what was refused`() {
    var driver = NotificationDriver()
    driver.commits = false
    driver.answer = { _ in nil }
    driver.take("Down/a")
    driver.state.writeAllAgain()
    let again = driver.state.takeChanges(batch: 100)
    #expect(again?.messages.map(\.number) == [1])
    #expect(again?.log.count == 1)
  }

  @Test func `a new journal gets what a restart brought and no configuration has seen`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .unavailable }
    driver.take("Down/a")
    let contents = driver.journal.contents
    var state = NotificationState(
      restoring: contents, agentID: "agent", limits: NotificationLimits())
    state.writeAllAgain()
    var journal = JournalModel()
    if let changes = state.takeChanges(batch: 1) { journal.apply(changes) }
    #expect(journal.contents == contents)
  }

  @Test func `a journal that refuses for long does not fill the memory`() {
    var limits = NotificationLimits()
    limits.unsavedEndings = 10
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels }, limits: limits)
    driver.commits = false
    for number in 0..<50 { driver.take("Down/\(number)") }
    #expect(driver.heard.count == 50)
    #expect(driver.state.takeChanges(batch: 1000)?.ended.count == 10)
    #expect(driver.figures.endingsDropped == 40)
  }

  @Test func `after a restart, what waits is tried at once, oldest first, with the same keys`() {
    var driver = NotificationDriver(
      NotificationDriver.settings { $0.route?.groupBy = .allLabels })
    driver.answer = { _ in .unavailable }
    driver.take("Down/a", "Down/b")
    driver.run(to: 100)
    driver.take("-Down/a")
    driver.run(to: 310)
    var keys: [String] = []
    driver.answer = { order in
      keys.append(order.idempotencyKey)
      return .ok
    }
    let before = driver.journal.contents.messages
    driver.restart()
    #expect(keys == before.map(\.key))
    #expect(
      driver.heard == [
        "310s first notification: +a", "310s first notification: +b",
        "310s all alerts resolved: -a",
      ])
    #expect(driver.journal.contents.messages.isEmpty)
  }

  @Test func `after a restart nothing is told that was told`() {
    var driver = NotificationDriver()
    driver.take("Down/a")
    driver.run(to: 100)
    driver.restart(after: 60)
    driver.take("Down/a")
    driver.run(to: 500)
    driver.take("-Down/a")
    driver.run(to: 1000)
    #expect(driver.heard == ["0s first notification: +a", "760s all alerts resolved: -a"])
  }

  @Test func `what was under way at a crash may have arrived, so its end follows`() {
    var driver = NotificationDriver()
    driver.answer = { _ in nil }
    driver.take("Down/a")
    driver.answer = { _ in .status(410) }
    driver.restart(after: 1)
    #expect(driver.journal.ended == [1: .failed(.clientError)])
    driver.answer = { _ in .ok }
    driver.take("-Down/a")
    driver.run(to: 400)
    #expect(driver.heard == ["1s all alerts resolved: -a"])
  }

  @Test func `the repeat interval counts on through a restart`() {
    var driver = NotificationDriver()
    driver.take("Down/a")
    driver.restart(after: 2 * 3600)
    driver.take("Down/a")
    driver.run(to: 14_500)
    #expect(driver.heard == ["0s first notification: +a", "14400s repeat interval elapsed: +a"])
  }

  @Test func `an alert that nobody hears of after a restart has ended`() {
    var driver = NotificationDriver()
    driver.take("Down/a", "Down/b")
    driver.run(to: 100)
    driver.restart()
    driver.take("Down/b")
    driver.run(to: 999)
    #expect(driver.heard == ["0s first notification: +a +b"])
    driver.run(to: 1400)
    #expect(driver.heard.last == "1000s some alerts resolved: +b -a")
  }

  @Test func `a message that has waited too long through a restart is given up`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.answer = { _ in .ok }
    driver.restart(after: 25 * 3600)
    #expect(driver.heard.isEmpty)
    #expect(driver.journal.ended == [1: .failed(.expired)])
  }

  @Test func `a message whose successor has arrived is not sent again`() {
    var contents = NotificationContents()
    var driver = NotificationDriver()
    driver.answer = { _ in .unavailable }
    driver.take("Down/a")
    let stale = driver.journal.contents.messages[0]
    driver.answer = { _ in .ok }
    driver.run(to: 60)
    driver.take("-Down/a")
    driver.run(to: 400)
    contents = driver.journal.contents
    contents.messages = [stale]
    #expect(contents.log[0].arrivedThrough == 2)
    var state = NotificationState(restoring: contents, agentID: "agent", limits: .init())
    state.configure(driver.settings, at: driver.now)
    #expect(state.takeOrders(at: driver.now).isEmpty)
    #expect(state.takeChanges(batch: 1)?.ended.map(\.number) == [1])
  }

  @Test func `a number that was lost with a crash makes another key`() {
    var driver = NotificationDriver()
    driver.commits = nil
    driver.state.take([NotificationDriver.alert("Down/a", at: driver.now.wall)], at: driver.now)
    let first = driver.state.takeChanges(batch: 100)?.messages.first
    driver.restart(after: 1)
    driver.state.take([NotificationDriver.alert("Down/a", at: driver.now.wall)], at: driver.now)
    let second = driver.state.takeChanges(batch: 100)?.messages.first
    #expect(first?.number == second?.number)
    #expect(first?.key != second?.key)
  }

  @Test func `the log is forgotten in the end`() {
    var driver = NotificationDriver()
    driver.take("Down/a")
    driver.run(to: 100)
    driver.take("-Down/a")
    driver.run(to: 119 * 3600)
    #expect(driver.journal.contents.log.count == 1)
    driver.run(to: 122 * 3600)
    #expect(driver.journal.contents.log.isEmpty)
  }
}

@Suite struct EndNames {
  @Test func `an end of a message is told by its name`() {
    let ends = [.delivered, .collapsed] + FailureReason.allCases.map { MessageEnd.failed($0) }
    for end in ends { #expect(MessageEnd(name: end.name) == end) }
    #expect(Set(ends.map(\.name)).count == ends.count)
    #expect(MessageEnd(name: "lost") == nil)
  }
}
