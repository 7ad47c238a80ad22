import Dispatch
import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `kill -9` of the agent while it writes to Postgres, and now and then of the server's process
  /// that serves it.
  @Suite(.timeLimit(.minutes(45))) struct PostgresKill {
    @Test func nothingIsThereTwiceAndNothingIsMissing() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_026
      let kills = environment["TORTURE"] == nil ? 20 : 200
      let drill = try await PostgresKillDrill(seed: seed)
      try await drill.perform(kills: kills)
    }
  }
}

/// Agents that are killed beside one database.
private struct PostgresKillDrill {
  private static let names = (0..<8).map { "shaky-\($0)" }

  private let bench: PostgresBench
  private let seed: UInt64

  init(seed: UInt64) async throws {
    bench = try await PostgresBench(seed: seed)
    self.seed = seed
    // Two of them are rows of the registry.
    try await bench.cluster.psql(OMNI2.tables)
    for name in Self.names.suffix(2) { _ = try await bench.change(bench.insert(name)) }
    try bench.configure(Self.names.dropLast(2), probes: "200ms")
  }

  func perform(kills: Int) async throws {
    var dice = SeededRandom(seed: seed)
    var last = WrittenEvents()
    var writing = 0
    for life in 0..<kills {
      try await live(life, &dice)
      let written = try await bench.written()
      #expect(written.isWhole, "seed \(seed), life \(life): \(written)")
      #expect(written.most >= last.most)
      let committed = try await bench.lastEventOfJournal()
      #expect(written.most <= committed, "seed \(seed), life \(life): only what is in the journal")
      if written.most > last.most { writing += 1 }
      last = written
    }
    #expect(writing >= kills / 3, "many lives have written something")
    let agent = try await bench.start()
    for name in Self.names { try await agree(agent, name) }
    #expect(try await agent.process.stop() == 0)
    try await bench.expectAllIsWritten("seed \(seed)")
    print("KILL_SEED=\(seed): \(kills) kills, \(writing) lives wrote, \(last.most) events")
  }

  /// An agent that is killed within two seconds of its attachment, or of its first transaction.
  private func live(_ life: Int, _ dice: inout SeededRandom) async throws {
    let agent = try await bench.start()
    let begun =
      life.isMultiple(of: 2) ? "breakwater_postgres_up" : "breakwater_postgres_writes_total"
    try await until("Postgres is attached, or written to") {
      try await agent.metrics().value(begun) ?? 0 >= 1
    }
    if life % 4 == 3 { try await killBackend() }
    let pause = Int.random(in: 20...1_500, using: &dice)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause)) {
      agent.process.send(SIGKILL)
    }
    let status = try await agent.process.exitStatus()
    #expect(status == 128 + SIGKILL, "life \(life): \(agent.process.errors.suffix(2_000))")
    try await until("its session is over") {
      try await bench.cluster.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'breakwater%'") == "0"
    }
  }

  /// The server ends all its sessions then.
  private func killBackend() async throws {
    let pid = try await bench.cluster.psql(
      "SELECT min(pid) FROM pg_stat_activity WHERE application_name LIKE 'breakwater%'")
    guard let number = Int32(pid) else { return }
    bench.cluster.kill(backend: number)
  }

  /// These change by themselves, so a moment is looked for in which both say the same.
  private func agree(_ agent: AgentProcess, _ name: String) async throws {
    try await bench.servers.turn(name, to: "ok")
    try await bench.agree(agent, name)
  }
}
