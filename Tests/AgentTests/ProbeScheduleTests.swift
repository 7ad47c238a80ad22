import Agent
import Signals
import TestSupport
import Testing

@Test func `slots lie on a grid that only the name and the interval decide`() {
  let schedule = ProbeSchedule(name: "weather", interval: .seconds(10))
  let again = ProbeSchedule(name: "weather", interval: .seconds(10))
  let first = schedule.slot(after: .at(1000))
  #expect(first == again.slot(after: .at(1000)))
  #expect(schedule.slot(after: first) == first.advanced(by: .seconds(10)))
  #expect(first > .at(1000) && first <= .at(1010))
  #expect(ProbeSchedule(name: "other", interval: .seconds(10)).slot(after: .at(1000)) != first)
}

@Test func `after a probe comes the next slot; one missed by little is made up for at once`() {
  let schedule = ProbeSchedule(name: "weather", interval: .seconds(10))
  let due = schedule.slot(after: .at(1000))
  func next(_ seconds: Double) -> (due: MonotonicInstant, missed: UInt64) {
    schedule.next(after: due, endedAt: due.advanced(by: .seconds(seconds)))
  }
  #expect(next(1) == (due.advanced(by: .seconds(10)), 0))
  #expect(next(10.5) == (due.advanced(by: .seconds(10)), 0))
  #expect(next(16) == (due.advanced(by: .seconds(20)), 1))
  #expect(next(37) == (due.advanced(by: .seconds(40)), 3))
}

@Test func `a slot right after a trial beside the grid is left out`() {
  let schedule = ProbeSchedule(name: "weather", interval: .seconds(10))
  let slot = schedule.slot(after: .at(1000))
  let beside = slot.advanced(by: .seconds(-1))
  let next = schedule.next(after: beside, endedAt: beside.advanced(by: .milliseconds(5)))
  #expect(next.due == slot.advanced(by: .seconds(10)))
}

@Test func `a thousand first probes are spread over the window`() {
  let seconds = (0..<1000).map { number in
    ProbeSchedule(name: "mcp-\(number)", interval: .seconds(30))
      .first(after: .at(0), within: .seconds(3)).elapsed.inSeconds
  }
  #expect(seconds.allSatisfy { $0 >= 0 && $0 <= 3 })
  for third in 0..<3 {
    let count = seconds.filter { Int($0) == third }.count
    #expect((250...420).contains(count), "\(third): \(count)")
  }
}
