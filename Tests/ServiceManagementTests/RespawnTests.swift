import ServiceManagement
import Testing

@Suite struct Respawn {
  @Test func pausesDoubleUpToTheLongestAndJitterIsTheirUpperHalf() {
    var pause = RespawnPause()
    let largest = (0..<11).map { _ in pause.pause(lived: .zero, chance: 1).description }
    #expect(
      largest == [
        "0.1 seconds", "0.2 seconds", "0.4 seconds", "0.8 seconds", "1.6 seconds", "3.2 seconds",
        "6.4 seconds", "12.8 seconds", "25.6 seconds", "30.0 seconds", "30.0 seconds",
      ])
    #expect(pause.pause(lived: .seconds(59), chance: 0) == .seconds(15))
    #expect(pause.pause(lived: .seconds(60), chance: 0) == .milliseconds(50), "all is forgotten")
    #expect(pause.pause(lived: .seconds(1), chance: 0) == .milliseconds(100))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var end: ChildEnd
    /// Of the first start; of a later one; of one that was told to end.
    var isFinal: (Bool, Bool, Bool)
    var status: Int32

    init(_ end: ChildEnd, _ first: Bool, _ later: Bool, _ told: Bool, status: Int32) {
      self.end = end
      isFinal = (first, later, told)
      self.status = status
    }

    var testDescription: String { end.description }
  }

  @Test(arguments: [
    Case(.exited(0), true, true, true, status: 0),
    Case(.exited(1), true, false, true, status: 1),
    Case(.exited(2), true, true, true, status: 2),
    Case(.exited(3), false, false, true, status: 3),
    Case(.exited(64), true, true, true, status: 64),
    Case(.exited(70), false, false, true, status: 70),
    Case(.exited(143), false, false, true, status: 143),
    Case(.killed(signal: 4), false, false, true, status: 132),
    Case(.killed(signal: 9), false, false, true, status: 137),
    Case(.killed(signal: 15), false, false, true, status: 143),
  ])
  func theEndsThatStay(_ row: Case) {
    func isFinal(told: Bool = false, first: Bool = false, ready: Bool = true) -> Bool {
      row.end.isFinal(isToldToEnd: told, hasBeenReady: ready, isFirst: first)
    }
    #expect(isFinal(first: true, ready: false) == row.isFinal.0)
    #expect(isFinal() == row.isFinal.1)
    #expect(isFinal(told: true) == row.isFinal.2)
    #expect(row.end.status == row.status)
  }

  @Test func aFirstStartThatWasReadyMayFailLater() {
    let end = ChildEnd.exited(1)
    #expect(!end.isFinal(isToldToEnd: false, hasBeenReady: true, isFirst: true))
  }
}
