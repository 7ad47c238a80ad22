import PostgresLink
import Signals
import TestSupport
import Testing

@Suite struct LinkScheduleTests {
  private func planned(
    look: Double = 100, write: Double = 100, refresh: Double = 100, prune: Double = 100
  ) -> LinkSchedule {
    var schedule = LinkSchedule(at: .at(0))
    schedule.plan(.look, at: .at(look))
    schedule.plan(.write, at: .at(write))
    schedule.plan(.refresh, at: .at(refresh))
    schedule.plan(.prune, at: .at(prune))
    return schedule
  }

  @Test func whatHasBeenDueLongestComesFirst() {
    var schedule = planned(look: 3, write: 1, refresh: 2, prune: 4)
    #expect(schedule.due(at: .at(0.5)) == nil && schedule.next == .at(1))
    var order: [LinkSchedule.Work] = []
    while let work = schedule.due(at: .at(9)) {
      order.append(work)
      schedule.plan(work, at: .at(10))
    }
    #expect(order == [.write, .refresh, .look, .prune])
  }

  /// Work that is due again at once lets the others have their turn.
  @Test func nothingIsStarvedByABacklog() {
    var schedule = planned(look: 5, write: 0, refresh: 6, prune: 7)
    var turns: [LinkSchedule.Work: Int] = [:]
    for second in 1...20 {
      let now = MonotonicInstant.at(Double(second))
      guard let work = schedule.due(at: now) else { continue }
      turns[work, default: 0] += 1
      schedule.plan(work, at: work == .write ? now : now.advanced(by: .seconds(5)))
    }
    #expect(turns[.look, default: 0] >= 2 && turns[.refresh, default: 0] >= 2)
    #expect(turns[.prune, default: 0] >= 2 && turns[.write, default: 0] >= 10)
  }

  @Test func aPauseIsNotCutShort() {
    var schedule = planned(write: 1)
    schedule.putOff(.write, from: .at(1), spread: 0)
    schedule.hasten(.write, to: .at(1))
    #expect(schedule.due(at: .at(1.09)) == nil && schedule.due(at: .at(1.1)) == .write)
    schedule.putOff(.write, from: .at(2), spread: 0)
    #expect(schedule.due(at: .at(2.19)) == nil && schedule.due(at: .at(2.2)) == .write)
    // After it went well, pauses begin small again.
    schedule.plan(.write, at: .at(3))
    schedule.putOff(.write, from: .at(3), spread: 0)
    #expect(schedule.due(at: .at(3.1)) == .write)
  }

  @Test func pausesAreBoundedAndOfTheWorkThatFailed() {
    var schedule = planned(look: 0.2, write: 0)
    for _ in 0..<40 { schedule.putOff(.write, from: .at(0), spread: 0) }
    #expect(schedule.due(at: .at(0.2)) == .look)
    schedule.plan(.look, at: .at(90))
    #expect(schedule.next == .at(10))
  }

  @Test func whatIsHastenedKeepsItsDistance() {
    var schedule = planned()
    schedule.plan(.look, at: .at(60), earliest: .at(2))
    schedule.hasten(.look, to: .at(1))
    #expect(schedule.due(at: .at(1.9)) == nil && schedule.due(at: .at(2)) == .look)
    schedule.plan(.look, at: .at(60))
    schedule.hasten(.look, to: .at(70))
    #expect(schedule.next == .at(60))
  }
}
