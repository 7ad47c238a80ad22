import Foundation
import Glibc
import TestSupport
import Testing

/// The program in a cgroup whose memory is near what it needs (A8).
extension Heavy {
  @Suite(
    .timeLimit(.minutes(15)),
    .enabled(if: MemoryGroup.mayBeMade, "needs TORTURE=1, root and memory cgroups of version 1"))
  struct Memory {
    private static let count = 1000

    /// Within its need it lives; far below, the kernel kills it, and what was committed is there.
    @Test(arguments: [(mebibytes: 256, mustLive: true), (24, false)])
    func aLimitCostsNothingThatWasCommitted(mebibytes: Int, mustLive: Bool) async throws {
      let scratch = try Scratch()
      let group = try MemoryGroup(mebibytes: mebibytes)
      let port = try freePort()
      let hostile = try ChildProcess(
        "python3", [fixture("hostile_servers.py").path, String(port)], in: scratch)
      let rows = (0..<Self.count).map {
        "  - {name: m\($0), url: \"http://127.0.0.1:\(port)/mcp/\($0)\"}\n"
      }
      let file = try scratch.write(
        "breakwater.yml",
        """
        global: {probe_interval: 5s, probe_timeout: 5s}
        mcps:
        \(rows.joined())
        """)
      let agent = try AgentProcess(
        configuration: file, port: try freePort(), in: scratch, environment: group.entering)
      let seen = await watch(agent, rounds: mustLive ? 60 : 600, until: !mustLive)
      print("limit \(mebibytes) MiB: most \(try group.mostMebibytes()) MiB")
      #expect(agent.process.isRunning == mustLive, "\(agent.process.errors.suffix(2_000))")
      if mustLive {
        #expect(try await agent.process.stop() == 0)
      } else {
        #expect(try await agent.process.exitStatus() == 128 + SIGKILL)
      }
      #expect(hostile.isRunning)

      let next = try AgentProcess(configuration: file, port: try freePort(), in: scratch)
      try await next.ready()
      for (name, events) in seen {
        let kept = try await next.events(of: name).compactMap { $0["id"].string }
        #expect(Set(kept).isSuperset(of: events), "\(name)")
      }
      #expect(try await next.process.stop() == 0)
    }

    /// The events of a few MCPs as last seen; `until` the agent is gone, or so many looks.
    private func watch(
      _ agent: AgentProcess, rounds: Int, until isGone: Bool
    ) async -> [String: Set<String>] {
      var seen: [String: Set<String>] = [:]
      var looks = 0
      _ = try? await eventually("the last look", within: .seconds(120), every: .milliseconds(500)) {
        looks += 1
        guard agent.process.isRunning, looks < rounds else { return true }
        for name in ["m0", "m500", "m999"] {
          let events = try await agent.events(of: name).compactMap { $0["id"].string }
          seen[name, default: []].formUnion(events)
        }
        return nil
      }
      return seen
    }
  }
}

/// A cgroup of version 1 with a limit on memory; gone with its last reference.
final class MemoryGroup: Sendable {
  private static let root = "/sys/fs/cgroup/memory"
  private let path = "\(root)/breakwater-test-\(getpid())-\(UUID().uuidString)"

  static var mayBeMade: Bool {
    ProcessInfo.processInfo.environment["TORTURE"] != nil && geteuid() == 0
      && FileManager.default.isWritableFile(atPath: "\(root)/cgroup.procs")
  }

  init(mebibytes: Int) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false)
    try write("\(mebibytes << 20)", to: "memory.limit_in_bytes")
  }

  deinit { unsafe rmdir(path) }

  /// What comes before a program's name for `env`, so that it begins within the group.
  var entering: [String] {
    ["sh", "-c", "echo $$ > \(path)/cgroup.procs && exec \"$@\"", "sh"]
  }

  func mostMebibytes() throws -> Int {
    let text = try String(contentsOfFile: path + "/memory.max_usage_in_bytes", encoding: .utf8)
    return (Int(text.filter(\.isNumber)) ?? 0) >> 20
  }

  private func write(_ text: String, to file: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: "\(path)/\(file)"))
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }
}
