import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `strace` kills the agent at its N-th write and sync, or lets it fail: what was acknowledged is
  /// stored, and the start after it is clean.
  @Suite(
    .enabled(if: sweepPoints > 0, "the sweep over system calls needs strace and TORTURE=1"),
    .timeLimit(.minutes(240)))
  struct SyscallSweep {
    private static let calls = ["fdatasync", "fsync", "pwrite64"]

    @Test func acknowledgedIsStoredWhateverCallIsTheLast() async throws {
      let deaths = (0..<sweepPoints).map { point in
        SyscallFault(
          call: Self.calls[point % 3], number: 1 + point / 3, effect: "signal=KILL")
      }
      try await perform(deaths)
    }

    @Test(arguments: ["error=EIO", "error=ENOSPC"])
    func aCallThatFailsCostsNothingThatWasAcknowledged(_ effect: String) async throws {
      let faults = (0..<max(1, sweepPoints / 10)).map { point in
        SyscallFault(call: Self.calls[point % 3], number: 1 + point / 3, effect: effect)
      }
      try await perform(faults)
    }

    private func perform(_ faults: [SyscallFault]) async throws {
      let lanes = 4
      try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<lanes {
          let own = faults.enumerated().filter { $0.offset % lanes == lane }.map(\.element)
          guard !own.isEmpty else { continue }
          group.addTask {
            var drill = try AlertKillDrill(seed: UInt64(lane), .syscalls(own))
            let figures = try await drill.perform(ends: own.count)
            print("lane \(lane): \(figures)")
            #expect(figures.lost == 0)
          }
        }
        try await group.waitForAll()
      }
    }
  }
}

/// How many calls die: 1,500 of the first of each life, or as many as `SWEEP_POINTS` says.
private let sweepPoints: Int = {
  let environment = ProcessInfo.processInfo.environment
  guard isInstalled("strace") else { return 0 }
  if let given = environment["SWEEP_POINTS"].flatMap({ Int($0) }) { return given }
  return environment["TORTURE"] == nil ? 0 : 1_500
}()
