package import TestSupport

/// What can go wrong in one run. Each is on or off by the seed, so that rare combinations get runs
/// of their own.
package struct Faults: Equatable, Sendable {
  // Shares of servers, in percent, each drawn anew every minute or ten.
  package var failing = 0
  package var hanging = 0
  package var flapping = 0
  // Of probes, in percent.
  package var lostReports = 0

  // Shares of time in which a receiver does so, in percent.
  package var refusing = 0
  package var rateLimiting = 0
  package var unreachable = 0
  package var losingAnswers = 0
  package var receiversHang = 0

  // Of transactions, in percent.
  package var journalErrors = 0
  package var journalSlow = 0

  // Seconds between two of them, about; 0: never.
  package var journalFull = 0
  package var journalReplaced = 0
  package var coordinatorCrashes = 0
  package var coordinatorStalls = 0
  package var processKills = 0
  package var clockJumps = 0
  package var reloads = 0
  package var actions = 0

  /// The bounds of the agent are small, so that they are reached.
  package var isNarrow = false

  /// Nothing goes wrong.
  package init() {}

  /// Drawn.
  package init(_ random: inout SeededRandom) {
    func pick(_ values: Int...) -> Int { values.randomElement(using: &random) ?? 0 }
    failing = pick(0, 5, 50, 95)
    hanging = pick(0, 0, 5, 30)
    flapping = pick(0, 0, 30)
    lostReports = pick(0, 0, 1, 10)
    refusing = pick(0, 0, 20)
    rateLimiting = pick(0, 0, 30)
    unreachable = pick(0, 10, 60)
    losingAnswers = pick(0, 0, 30)
    receiversHang = pick(0, 0, 20)
    journalErrors = pick(0, 0, 2, 30)
    journalSlow = pick(0, 0, 5, 30)
    journalFull = pick(0, 0, 900)
    journalReplaced = pick(0, 0, 0, 1500)
    coordinatorCrashes = pick(0, 0, 60, 600)
    coordinatorStalls = pick(0, 0, 300)
    processKills = pick(0, 0, 90, 700)
    clockJumps = pick(0, 0, 500)
    reloads = pick(0, 0, 120)
    actions = pick(0, 0, 30)
    isNarrow = pick(0, 0, 1) == 1
  }
}

/// What happens to the agent from outside now and then.
enum Disaster: CaseIterable {
  case journalFull, journalReplaced, coordinatorCrash, coordinatorStall, processKill, clockJump
  case reload, action

  /// Seconds from one to the next, about.
  func pause(_ faults: Faults) -> Int {
    switch self {
    case .journalFull: faults.journalFull
    case .journalReplaced: faults.journalReplaced
    case .coordinatorCrash: faults.coordinatorCrashes
    case .coordinatorStall: faults.coordinatorStalls
    case .processKill: faults.processKills
    case .clockJump: faults.clockJumps
    case .reload: faults.reloads
    case .action: faults.actions
    }
  }
}

/// A death at an exact place: the `step`-th place between two steps of either loop, from 1.
package struct Death: Equatable, Sendable {
  package enum Kind: Sendable, CaseIterable { case coordinatorCrash, coordinatorStall, processKill }

  package var kind: Kind
  package var step: Int

  package init(_ kind: Kind, atStep step: Int) {
    self.kind = kind
    self.step = step
  }
}
