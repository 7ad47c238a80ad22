import Agent
import Foundation
import Glibc
import PostgresLink
import Signals
import TestSupport
import Testing

/// Root may mount a disk that is small enough to be filled; `TORTURE=1` asks for it.
private var mayMount: Bool {
  ProcessInfo.processInfo.environment["TORTURE"] != nil && geteuid() == 0
}

@Suite struct LinkDiskTests {
  @Test(.enabled(if: mayMount, "a disk that is full needs root and TORTURE=1"))
  func aDiskThatIsFullIsWaitedFor() async throws {
    let scratch = try Scratch()
    let disk = scratch.path("disk").path
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let mounted = try await runCommand(
      "mount", ["-t", "tmpfs", "-o", "size=64m,mode=0777", "tmpfs", disk], in: scratch)
    try #require(mounted.status == 0, "\(mounted.errors)")
    _ = try await runCommand("chown", ["postgres:", disk], in: scratch)
    let cluster = try await PostgresCluster()
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await fill(cluster, disk)) } catch { outcome = .failure(error) }
    try? await cluster.stop(.immediate)
    _ = try await runCommand("umount", ["-l", disk], in: scratch)
    try outcome.get()
  }

  private func fill(_ cluster: PostgresCluster, _ disk: String) async throws {
    try await cluster.psql("CREATE TABLESPACE small LOCATION '\(disk)'")
    try await cluster.psql("CREATE DATABASE health TABLESPACE small")
    let bench = try LinkBench()
    let url = cluster.url(database: "health")
    bench.configure(url)
    bench.grow(2000)
    try await until("the first rows are there") { bench.figures.rowsWritten == 2000 }
    let ballast = "\(disk)/ballast"
    let free = try #require(
      FileManager.default.attributesOfFileSystem(forPath: disk)[.systemFreeSize] as? Int)
    #expect(
      FileManager.default.createFile(
        atPath: ballast, contents: Data(count: max(0, free - (256 << 10)))))
    bench.feed.flow(true)
    bench.link.feedHasGrown()
    try await bench.untilFailed(.full, times: 4)
    #expect(bench.errors.contains { $0.sqlState == "53100" })
    bench.feed.flow(false)
    try FileManager.default.removeItem(atPath: ballast)
    try await until("all is there") {
      bench.figures.queueLength == 0
        && bench.figures.rowsWritten == bench.feed.lastSequence
    }
    let last = bench.feed.lastSequence
    #expect(
      try await cluster.psql(
        "SELECT count(*), count(DISTINCT event_id) FROM omni2.mcp_health_log", database: "health")
        == "\(last)|\(last)")
    bench.link.stop(within: .zero)
  }
}
