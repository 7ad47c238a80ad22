import Foundation
import TestSupport
import Testing

/// `run --supervise`: the agent as a child that is started again.
@Suite(.timeLimit(.minutes(5))) struct Supervise {
  @Test(arguments: [SIGKILL, SIGSEGV, SIGILL])
  func anAgentThatDiesIsStartedAgain(_ signal: Int32) async throws {
    let scratch = try Scratch()
    let supervised = try await SupervisedAgent.started("mcps: []\n", in: scratch)
    let first = try await supervised.child()
    #expect(ProcessTable.field("Name", of: first) == "breakwater")
    kill(first, signal)
    let second = try await supervised.successor(of: first)
    #expect(second != supervised.parent.pid)

    let line = try #require(supervised.restarts.first)
    #expect(supervised.restarts.count == 1)
    for part in ["level=error", "end=\"signal \(signal)\"", "pid=\(first)", "reason=crash"] {
      #expect(line.contains(part), "\(part) in: \(line)")
    }
    let counted = try await supervised.agent.metrics().value(
      "breakwater_coordinator_restarts_total", ["reason": "process"])
    #expect(counted == 1)
    #expect(try await supervised.parent.stop() == 0)
    #expect(ProcessTable.isGone(second))
  }

  @Test func theParentHasOneThreadAndLeavesNoZombie() async throws {
    let supervised = try await SupervisedAgent.started("mcps: []\n", in: try Scratch())
    let parent = supervised.parent.pid
    #expect(ProcessTable.field("Threads", of: parent) == "1")
    let first = try await supervised.child()
    kill(first, SIGKILL)
    let second = try await supervised.successor(of: first)
    #expect(ProcessTable.field("Threads", of: parent) == "1")
    #expect(ProcessTable.children(of: parent) == [second])
    #expect(try await supervised.parent.stop() == 0)
  }

  @Test func theLineOfARestartIsJSONWhereTheLogIs() async throws {
    let supervised = try await SupervisedAgent.started(
      "mcps: []\n", in: try Scratch(), arguments: ["--log.format", "json"])
    let first = try await supervised.child()
    kill(first, SIGKILL)
    _ = try await supervised.successor(of: first)
    let line = try #require(supervised.restarts.first)
    let fields = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
    #expect(fields["level"].string == "error")
    #expect(fields["end"].string == "signal 9")
    #expect(try await supervised.parent.stop() == 0)
  }

  @Test func anAgentThatIsSilentIsKilledAndOneThatLivesIsNot() async throws {
    let supervised = try await SupervisedAgent.started(
      "mcps: []\n", in: try Scratch(), environment: ["WATCHDOG_USEC=10000000"])
    let first = try await supervised.child()
    let name = "breakwater_coordinator_heartbeat_timestamp_seconds"
    let start = try #require(try await supervised.agent.metrics().value(name))
    try await until("three intervals are over", within: .seconds(120)) {
      try await supervised.agent.metrics().value(name).map { $0 > start + 30 } ?? false
    }
    #expect(try await supervised.child() == first)

    kill(first, SIGSTOP)
    _ = try await supervised.successor(of: first)
    let line = try #require(supervised.restarts.first)
    #expect(line.contains("reason=watchdog") && line.contains("end=\"signal 9\""), "\(line)")
    #expect(supervised.restarts.count == 1)
    #expect(try await supervised.parent.stop() == 0)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsBothWith0(_ signal: Int32) async throws {
    let supervised = try await SupervisedAgent.started("mcps: []\n", in: try Scratch())
    let child = try await supervised.child()
    supervised.parent.send(signal)
    #expect(try await supervised.parent.exitStatus(within: .seconds(10)) == 0)
    #expect(ProcessTable.isGone(child))
    #expect(supervised.restarts.isEmpty)
    #expect(supervised.parent.errors.contains("Ended cleanly"))
  }

  /// As early as it can come: the agent is not there yet, or has just begun.
  @Test(arguments: 0..<5) func aSignalDuringTheStartEndsBothWith0(_ time: Int) async throws {
    let scratch = try Scratch()
    let file = try scratch.write("breakwater.yml", "mcps: []\n")
    let agent = try AgentProcess(
      configuration: file, port: freePort(), in: scratch, arguments: ["--supervise"])
    let parent = agent.process
    try await until("the parent takes signals") { ProcessTable.catchesTermination(parent.pid) }
    if time > 0 {
      try await until("the agent is there", every: .milliseconds(2)) {
        !ProcessTable.children(of: parent.pid).isEmpty
      }
    }
    parent.send(SIGTERM)
    #expect(try await parent.exitStatus(within: .seconds(10)) == 0, "\(parent.errors)")
  }

  @Test func theAgentEndsWithItsParent() async throws {
    let supervised = try await SupervisedAgent.started("mcps: []\n", in: try Scratch())
    let child = try await supervised.child()
    supervised.parent.send(SIGKILL)
    try await until("the agent is gone", within: .seconds(10)) { ProcessTable.isGone(child) }
    #expect(supervised.parent.errors.contains("Ended cleanly"))
  }

  @Test func aHangUpReachesTheAgent() async throws {
    let scratch = try Scratch()
    let supervised = try await SupervisedAgent.started("mcps: []\n", in: scratch)
    let child = try await supervised.child()
    try scratch.write("breakwater.yml", "mcps: [{name: one, url: \"http://127.0.0.1:9/mcp\"}]\n")
    supervised.parent.send(SIGHUP)
    try await until("the new MCP is there") {
      try await supervised.agent.mcps().compactMap { $0["name"].string } == ["one"]
    }
    #expect(try await supervised.child() == child)
    #expect(try await supervised.parent.stop() == 0)
  }

  @Test func quitEndsBoth() async throws {
    let supervised = try await SupervisedAgent.started(
      "mcps: []\n", in: try Scratch(), arguments: ["--web.enable-lifecycle"])
    #expect(try await supervised.agent.http.post("/-/quit").status == 200)
    #expect(try await supervised.parent.exitStatus(within: .seconds(10)) == 0)
    #expect(supervised.restarts.isEmpty)
  }

  /// Crash after crash of the coordinator, until the agent trusts itself no more.
  @Test func anAgentThatGivesItselfUpEndsWith70AndIsStartedAgain() async throws {
    let supervised = try await SupervisedAgent.started(
      "mcps: []\n", in: try Scratch(), arguments: ["--web.enable-fault-injection"])
    let first = try await supervised.child()
    try await until("the agent gives itself up", every: .milliseconds(100)) {
      _ = try? await supervised.agent.http.post("/debug/coordinator/crash")
      return !supervised.restarts.isEmpty
    }
    #expect(supervised.restarts.first?.contains("end=\"exit status 70\"") == true)
    let lines = supervised.parent.errors.split(separator: "\n")
    #expect(lines.count { $0.contains("Supervision gave up") } == 1)
    _ = try await supervised.successor(of: first)
    #expect(try await supervised.parent.stop() == 0)
  }

  // MARK: - Starts that another one would not mend

  @Test func aBrokenConfigurationIs2() async throws {
    let result = try await run("nonsense: 1\n")
    #expect(result.status == 2)
    #expect(result.errors.contains("breakwater.yml:1:1"))
  }

  @Test func aTakenPortIs1() async throws {
    let taken = try TakenPort()
    let result = try await run("mcps: []\n", port: taken.port)
    #expect(result.status == 1)
    #expect(!result.errors.contains("is started again"))
  }

  @Test func usageIs64AndHelpIs0() async throws {
    let scratch = try Scratch()
    let wrong = try await runCommand(
      breakwaterExecutable, ["run", "--supervise", "--no-such-flag"], in: scratch)
    #expect(wrong.status == 64)
    let help = try await runCommand(
      breakwaterExecutable, ["run", "--supervise", "--help"], in: scratch)
    #expect(help.status == 0)
    #expect(help.output.contains("--supervise"))
  }

  @Test func aServiceManagerDoesTheSameAndIsSaidSo() async throws {
    let result = try await run("mcps: []\n", environment: ["NOTIFY_SOCKET=@nobody"])
    #expect(result.status == 64)
    #expect(result.errors.contains("NOTIFY_SOCKET"))
  }

  /// To its end.
  private func run(
    _ configuration: String, port: Int? = nil, environment: [String] = []
  ) async throws -> (status: Int32, errors: String) {
    let scratch = try Scratch()
    let file = try scratch.write("breakwater.yml", configuration)
    let agent = try AgentProcess(
      configuration: file, port: port ?? freePort(), in: scratch, arguments: ["--supervise"],
      environment: environment)
    let status = try await agent.process.exitStatus()
    return (status, agent.process.errors)
  }
}

/// As the first process of a container.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Namespaces.mayBeMade, "needs to be root"))
struct FirstProcess {
  @Test func itReapsWhatOthersLeaveAndEndsInGoodOrder() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("breakwater.yml", "mcps: []\n")
    let port = try freePort()
    let arguments = AgentProcess.arguments(configuration: file, port: port, in: scratch)
    let outer = try ChildProcess(
      "unshare",
      ["--pid", "--fork", "--kill-child", "--mount-proc", breakwaterExecutable] + arguments
        + ["--supervise"],
      in: scratch)
    let http = LocalHTTP(port: port)
    try await until("the agent is ready") { try await http.get("/-/ready").status == 200 }
    let first = try #require(ProcessTable.children(of: outer.pid).first)
    let agent = try #require(ProcessTable.children(of: first).first)

    // Its parent ends at once, and then it: the first process is the only one that can reap it.
    let orphan = try await runCommand(
      "nsenter", ["--target", String(first), "--pid", "sh", "-c", "sh -c 'sleep 0.2' & exit 0"],
      in: scratch)
    #expect(orphan.status == 0, "\(orphan.errors)")
    try await until("only the agent is left") { ProcessTable.children(of: first) == [agent] }

    kill(first, SIGTERM)
    #expect(try await outer.exitStatus(within: .seconds(10)) == 0)
    #expect(outer.errors.contains("Ended cleanly"))
  }
}

private enum Namespaces {
  static let mayBeMade = (try? make()) == true

  private static func make() throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = ["--pid", "--fork", "--mount-proc", "true"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
