import Foundation
import TestSupport
import Testing

/// The exit statuses and the output of the commands, as scripts see them.
@Suite(.timeLimit(.minutes(5))) struct CommandLine {
  /// Three mistakes: line 1 an unknown key, line 3 a bad URL scheme, line 4 a number that is text.
  static let broken = """
    globl: {probe_interval: 1s}
    mcps:
      - {name: one, url: "ftp://127.0.0.1/mcp"}
    circuit_breaker: {failure_threshold: many}
    """
  static let brokenLines = [1, 3, 4]

  @Test func checkConfigTellsEveryProblemWithItsPlace() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("broken.yml", Self.broken)
    let result = try await runCommand(
      breakwaterExecutable, ["check", "config", file.path], in: scratch)
    #expect(result.status == 1)
    expectProblems(in: result, of: file)
    #expect((result.output + result.errors).contains("global"), "the nearest valid name")
  }

  @Test func checkConfigAcceptsAGoodFile() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("good.yml", "mcps: [{name: one, url: \"http://127.0.0.1/mcp\"}]\n")
    let result = try await runCommand(
      breakwaterExecutable, ["check", "config", file.path], in: scratch)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  @Test func runRefusesABrokenConfigurationWith2() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("broken.yml", Self.broken)
    let arguments = AgentProcess.arguments(configuration: file, port: try freePort(), in: scratch)
    let result = try await runCommand(breakwaterExecutable, arguments, in: scratch)
    #expect(result.status == 2)
    expectProblems(in: result, of: file)
  }

  private func expectProblems(in result: CommandResult, of file: URL) {
    let text = result.output + result.errors
    for line in Self.brokenLines {
      #expect(text.contains("\(file.lastPathComponent):\(line):"), "line \(line) in:\n\(text)")
    }
  }

  @Test func aTakenPortIs1() async throws {
    let scratch = try Scratch()
    let taken = try TakenPort()
    let file = try scratch.write("good.yml", "mcps: []\n")
    let arguments = AgentProcess.arguments(configuration: file, port: taken.port, in: scratch)
    let result = try await runCommand(breakwaterExecutable, arguments, in: scratch)
    #expect(result.status == 1)
    #expect(result.errors.contains("\(taken.port)"))
  }

  @Test func aSecondAgentOnTheSameDataIs1AndTheFirstStays() async throws {
    let scratch = try Scratch()
    let first = try await AgentProcess.started("mcps: []\n", in: scratch)
    let arguments = AgentProcess.arguments(
      configuration: scratch.path("breakwater.yml"), port: try freePort(), in: scratch)
    let second = try await runCommand(breakwaterExecutable, arguments, in: scratch)
    #expect(second.status == 1)
    let lines = second.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(lines)")
    let line = lines.first ?? ""
    #expect(line.contains("Cannot start") && line.contains("in use"), "\(line)")
    #expect(line.contains(scratch.path("data").path), "\(line)")
    #expect(line.contains("\(first.process.pid)"), "it says who has it: \(line)")
    #expect(try await first.http.get("/-/healthy").status == 200)
    #expect(try await first.process.stop() == 0)
  }

  @Test(arguments: [SIGTERM, SIGINT]) func aSignalToEndIs0(_ signal: Int32) async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    try await servers.turn("stuck", to: "hang")
    let agent = try await AgentProcess.started(
      servers.configuration(["fine", "stuck"]), in: scratch)
    agent.process.send(signal)
    #expect(try await agent.process.exitStatus(within: .seconds(30)) == 0)
  }

  @Test func theHeartbeatOfAnAgentWithNothingToDoGoesOn() async throws {
    let scratch = try Scratch()
    let agent = try await AgentProcess.started("mcps: []\n", in: scratch)
    let name = "breakwater_coordinator_heartbeat_timestamp_seconds"
    let first = try #require(try await agent.metrics().value(name))
    try await until("two beats more") {
      try await agent.metrics().value(name).map { $0 > first + 2 } ?? false
    }
    #expect(try await agent.process.stop() == 0)
  }

  @Test(arguments: [
    ["run", "--no-such-flag"], ["no-such-command"], ["probe"], ["check", "config"], ["check"], [],
    ["promqltest"], ["receivers"], ["receivers", "test"],
    ["probe", "--timeout", "soon", "http://127.0.0.1/mcp"],
  ])
  func usageIs64(_ arguments: [String]) async throws {
    let result = try await runCommand(breakwaterExecutable, arguments, in: try Scratch())
    #expect(result.status == 64, "\(arguments): \(result.errors)")
  }

  @Test func versionNamesWhatItIsBuiltOn() async throws {
    let result = try await runCommand(breakwaterExecutable, ["--version"], in: try Scratch())
    #expect(result.status == 0)
    for word in ["breakwater", "Swift", "libcurl", "SQLite"] {
      #expect(result.output.contains(word), "\(word) in: \(result.output)")
    }
  }

  @Test(arguments: ["metrics", "configuration"])
  func theDocumentThatACommandPrintsIsUpToDate(command: String) async throws {
    let result = try await runCommand(breakwaterExecutable, [command], in: try Scratch())
    #expect(result.status == 0)
    let document = projectRoot.appending(path: "docs/\(command).md")
    let committed = try? String(contentsOf: document, encoding: .utf8)
    #expect(result.output == committed, "make docs writes it anew")
  }

  @Test func promqltestTellsWhatFailsAndWhatItDoesNotRun() async throws {
    let scratch = try Scratch()
    let passing = try scratch.write("pass.test", Self.evaluations + "  a 2\n")
    let failing = try scratch.write("fail.test", Self.evaluations + "  a 3\n")
    let passed = try await runCommand(
      breakwaterExecutable, ["promqltest", passing.path], in: scratch)
    #expect(passed.status == 0)
    let skip = ":4: skipped: 1:1: parse error: function \"info\" is not supported\n"
    #expect(passed.output == passing.path + skip + "1 passed, 0 failed, 1 skipped\n")

    let missing = scratch.path("missing.test").path
    let failed = try await runCommand(
      breakwaterExecutable, ["promqltest", passing.path, failing.path, missing], in: scratch)
    #expect(failed.status == 1)
    #expect(
      failed.output == """
        \(passing.path)\(skip)\(failing.path)\(skip)\
        \(failing.path):6: failed: expected 3 for a, got 2
        \(missing):1: failed: cannot be read: no such file
        1 passed, 2 failed, 2 skipped

        """)
  }

  private static let evaluations = """
    load 1m
      a 1 2

    eval instant at 0 info(a)

    eval instant at 1m a

    """

  /// The deepest query there may be, for which a thread of the usual stack is too small.
  @Test func promqltestTakesTheDeepestQuery() async throws {
    let scratch = try Scratch()
    let depth = 4_999
    let query = String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
    let file = try scratch.write("deep.test", "eval instant at 0 \(query)\n  1\n")
    let result = try await runCommand(
      breakwaterExecutable, ["promqltest", file.path], in: scratch)
    #expect(result.status == 0, "\(result.output.suffix(200))\(result.errors.suffix(200))")
  }

  /// What takes a while to come is refused in the meantime, never ignored.
  @Test func aKeyThatComesLaterIsNotYet() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("later.yml", "mcps: []\nremote_write: []\n")
    let result = try await runCommand(
      breakwaterExecutable, ["check", "config", file.path], in: scratch)
    #expect(result.status == 1)
    #expect((result.output + result.errors).contains("not yet"))
  }
}
