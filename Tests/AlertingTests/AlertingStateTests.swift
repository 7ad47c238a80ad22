import Alerting
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Rules, alerts and messages as one, and the journal between them.
struct AlertingStateTests {
  private func rules(hold: Duration = .zero) throws -> RuleGroup {
    RuleGroup("g", try .alert("A", "x == 1", hold: hold))
  }

  @Test func anAlertAndItsMessageAreInOneBatch() throws {
    var driver = AlertingDriver(try rules())
    driver.set("a", 1)
    driver.turnAtOnce()
    let batch = try #require(driver.batches.first)
    #expect(batch.changed.map(\.alert.state) == [.firing])
    #expect(batch.notifications?.messages.map(\.reason) == [.firstNotification])
    #expect(batch.notifications?.batch == batch.sequence)
    #expect(driver.heard == ["0 first notification +A/a"])
    driver.run(to: 300)
    driver.set("a", 0)
    driver.run(to: 700)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved -A/a") == true)
    let told = driver.batches.first {
      $0.notifications?.messages.last?.reason == .allAlertsResolved
    }
    #expect(told != nil)
    #expect(driver.journal.messages.contents.messages == [])
    #expect(driver.journal.alerts.records.map(\.alert.state) == [.inactive])
    driver.run(to: 2000)
    #expect(driver.journal.alerts.records == [])
  }

  @Test func whatEndsWithTheGroupsFlushIsInOneBatchToo() throws {
    var driver = AlertingDriver(try rules())
    driver.settings.route?.groupInterval = .seconds(1)
    driver.configure()
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.run(to: 10)
    driver.set("a", 0)
    driver.batches = []
    driver.turnAtOnce()
    driver.run(to: 12)
    let batch = try #require(driver.batches.first { !$0.changed.isEmpty })
    #expect(batch.changed.map(\.alert.state) == [.inactive])
  }

  @Test func nothingIsWrittenTwiceWhenNothingChanges() throws {
    var driver = AlertingDriver(try rules())
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.batches = []
    for minute in 1..<60 {
      driver.run(to: Double(minute) * 60)
      driver.set("a", 1)
    }
    #expect(driver.batches == [])
    #expect(driver.heard.count == 1)
  }

  @Test func aPendingAlertIsWrittenWhenItBeginsAndWhenItFires() throws {
    var driver = AlertingDriver(try rules(hold: .seconds(300)))
    for minute in 0..<10 {
      driver.set("a", 1)
      driver.run(to: Double(minute + 1) * 60)
    }
    let states = driver.batches.flatMap(\.changed).map(\.alert.state)
    #expect(states == [.pending, .firing])
    #expect(driver.journal.alerts.records.map(\.alert.state) == [.firing])
  }

  @Test func nothingIsSentBeforeItIsCommitted() throws {
    var driver = AlertingDriver(try rules())
    driver.commits = nil
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.run(to: 30)
    #expect(driver.orders.isEmpty)
    driver.state.committed(through: driver.batches.last?.sequence ?? 0)
    driver.settle()
    #expect(driver.heard == ["30 first notification +A/a"])
  }

  @Test func whatIsRefusedIsSentAllTheSameAndWrittenAgainAsItIsThen() throws {
    var driver = AlertingDriver(try rules())
    driver.commits = false
    driver.set("a", 1)
    driver.turnAtOnce()
    #expect(driver.orders.count == 1)
    #expect(driver.batches.count == 1)  // a second later, not at once
    #expect(driver.state.due.monotonic == driver.now.monotonic.advanced(by: .seconds(1)))
    driver.run(to: 10)
    #expect(driver.batches.count > 5)
    #expect(driver.batches.last?.changed.map(\.alert.state) == [.firing])
    driver.set("a", 0)
    driver.turnAtOnce()
    driver.commits = true
    driver.run(to: 12)
    #expect(driver.journal.alerts.records.map(\.alert.state) == [.inactive])
    #expect(driver.journal.messages.contents.messages == [])
    #expect(driver.journal.messages.contents.log.count == 1)
    driver.batches = []
    driver.run(to: 60)
    #expect(driver.batches.flatMap(\.changed) == [])
  }

  @Test func aNewJournalGetsAllThatTheOneBeforeHad() throws {
    var driver = AlertingDriver(try rules())
    for instance in ["a", "b"] { driver.set(instance, 1) }
    driver.turnAtOnce()
    driver.answer = { _ in nil }
    driver.run(to: 50)
    driver.set("b", 0)
    driver.set("c", 1)
    driver.run(to: 400)
    let before = driver.journal.contents
    #expect(before.alerts.count == 3)
    #expect(before.notifications.messages.count == 1)
    #expect(before.notifications.log.count == 1)
    driver.journal = AlertingJournal()
    driver.state.writeAllAgain()
    driver.settle()
    #expect(driver.journal.contents == before)
  }

  @Test func aNewJournalGetsAtOnceWhatWasRefused() throws {
    var driver = AlertingDriver(try rules())
    driver.commits = false
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.commits = true
    driver.state.writeAllAgain()
    driver.settle()
    #expect(driver.journal.alerts.records.map(\.alert.state) == [.firing])
  }

  @Test func ofAnOldAndANewRefusalTheNewestIsWritten() throws {
    var driver = AlertingDriver(try rules(hold: .seconds(60)))
    driver.commits = nil
    driver.set("a", 1)
    driver.turnAtOnce()  // pending
    driver.set("b", 1)
    driver.now = Now.at(0.5)
    driver.turnAtOnce()
    driver.now = Now.at(60)
    driver.set("a", 1)
    driver.turnAtOnce()  // a fires
    let sequences = driver.batches.map(\.sequence)
    #expect(sequences.count >= 3)
    driver.state.refused(through: sequences[1], at: driver.now)
    driver.state.committed(through: sequences.last ?? 0)
    driver.batches = []
    driver.now = Now.at(61.5)
    driver.settle()
    // What is in a later batch is not written over by what was before it.
    #expect(driver.batches.flatMap(\.changed).map { $0.alert.labels["i"] } == ["b"])
    #expect(driver.batches.flatMap(\.changed).map(\.alert.state) == [.pending])
  }

  @Test func anAlertThatGoesAfterARefusalIsWrittenAsGone() throws {
    var driver = AlertingDriver(try rules(hold: .seconds(60)))
    driver.set("a", 1)
    driver.turnAtOnce()
    #expect(driver.journal.alerts.records.count == 1)
    driver.commits = false
    driver.now = Now.at(5)
    driver.set("a", 0)
    driver.turnAtOnce()
    driver.commits = true
    driver.run(to: 7)
    #expect(driver.journal.alerts.records == [])
  }

  @Test func anAlertWhoseBatchWasLostWithACrashIsToldOnceTheAgentIsBack() throws {
    var driver = AlertingDriver(try rules())
    driver.commits = nil
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.commits = true
    driver.restart(after: 5)
    #expect(driver.heard == [])
    driver.turnAtOnce()
    #expect(driver.heard == ["5 first notification +A/a"])
  }

  @Test func anAlertThatEndedWhileItsBatchWasLostIsNeverTold() throws {
    var driver = AlertingDriver(try rules())
    driver.commits = nil
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.commits = true
    driver.restart(after: 5)
    driver.set("a", 0)
    driver.turnAtOnce()
    driver.run(to: 3600)
    #expect(driver.heard == [])
    #expect(driver.orders.isEmpty)
  }

  @Test func aFiringAlertIsNotStartedAnewByARestart() throws {
    var driver = AlertingDriver(try rules())
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.run(to: 100)
    driver.restart(after: 100)
    driver.turnAtOnce()
    for minute in 0..<60 {
      driver.set("a", 1)
      driver.run(to: 200 + Double(minute) * 60)
    }
    #expect(driver.heard == ["0 first notification +A/a"])
    driver.set("a", 0)
    driver.run(to: 4200)
    #expect(driver.heard.count == 2)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved -A/a") == true)
  }

  @Test func anAlertWhoseRuleFailsEverSinceTheRestartDoesNotEnd() throws {
    var driver = AlertingDriver(
      RuleGroup("g", try .alert("A", "x > on () group_left () z")))
    driver.set("one", 0, of: "z")
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.restart(after: 10)
    for minute in 1..<60 {
      driver.set("one", 0, of: "z")
      driver.set("two", 0, of: "z")
      driver.set("a", 1)
      driver.run(to: Double(minute) * 60)
    }
    #expect(driver.state.rules.statuses[0].rules[0].health == .err)
    #expect(driver.heard == ["0 first notification +A/a"])
    driver.set("two", nil, of: "z")
    driver.set("a", 0)
    driver.run(to: 4200)
    #expect(driver.heard.count == 2)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved -A/a") == true)
  }

  @Test func aReloadOfRulesAndRouteIsTakenAsOne() throws {
    var driver = AlertingDriver(try rules())
    driver.set("a", 1)
    driver.turnAtOnce()
    driver.run(to: 100)
    driver.groups = []
    driver.settings.route?.groupBy = .allLabels
    driver.configure()
    driver.run(to: 500)
    #expect(driver.heard.count == 2)
    #expect(driver.heard.last?.hasSuffix("all alerts resolved -A/a") == true)
    #expect(driver.journal.alerts.records == [])
  }
}
