import Foundation
import TestSupport
import Testing

/// The tools of the end-to-end tests, held to their word without the agent.
@Suite(.timeLimit(.minutes(3))) struct Support {
  @Test func aCommandGivesStatusOutputAndErrors() async throws {
    let scratch = try Scratch()
    let input = try scratch.write("in.txt", "from a file\n")
    let result = try await runCommand(
      "sh", ["-c", "cat; echo oh >&2; exit 7"], in: scratch, input: input)
    #expect(result.status == 7)
    #expect(result.output == "from a file\n")
    #expect(result.errors == "oh\n")
  }

  @Test(arguments: [SIGKILL, SIGTERM]) func aSignalGivesThatOfAShell(_ signal: Int32) async throws {
    let child = try ChildProcess("sleep", ["600"], in: try Scratch())
    #expect(child.isRunning)
    child.send(signal)
    #expect(try await child.exitStatus() == 128 + signal)
  }

  @Test func aChildEndsWithItsLastReference() async throws {
    let scratch = try Scratch()
    var child: ChildProcess? = try ChildProcess("sleep", ["600"], in: scratch)
    let pid = try #require(child?.pid)
    #expect(child?.isRunning == true)
    child = nil
    try await until("process \(pid) is gone, and reaped") { kill(pid, 0) == -1 }
  }

  @Test func waitingTellsWhatDidNotCome() async {
    let failure = LocalHTTP.Failure(description: "the last thing seen")
    let overdue = await #expect(throws: Overdue.self) {
      try await until("never", within: .milliseconds(60)) { throw failure }
    }
    #expect(overdue?.description.contains("never; last seen: the last thing seen") == true)
  }

  @Test func theClientAsksTheSwitchServers() async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    let http = LocalHTTP(port: servers.port)
    try await servers.turn("one", to: "ok")
    let request = #"{"jsonrpc": "2.0", "id": 5, "method": "initialize"}"#
    let answer = try await http.post("/mcp/one", body: request)
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "application/json")
    #expect(try answer.json()["result"]["serverInfo"]["name"].string == "switch one")

    try await servers.turn("one", to: "500")
    #expect(try await http.post("/mcp/one", body: request).status == 500)
    #expect(try await http.post("/mcp/two", body: request).status == 200)
    try await servers.turn("one", to: "die")
    await #expect(throws: LocalHTTP.Failure.self) { try await http.post("/mcp/one", body: request) }
    try await servers.process.stop()
  }

  @Test func aTakenPortIsTakenAndAFreeOneIsNot() async throws {
    let taken = try TakenPort()
    let again = try freePort()
    #expect(again != taken.port)
    await #expect(throws: LocalHTTP.Failure.self) { try await LocalHTTP(port: again).get("/") }
    let result = try await runCommand(
      "python3", ["-m", "http.server", "--bind", "127.0.0.1", String(taken.port)],
      in: try Scratch())
    #expect(result.status == 1)
  }

  @Test func aPageGivesItsSamples() {
    let page = MetricsPage(
      """
      # HELP a What is {this="x"} 1
      # TYPE a counter
      a{mcp="one",text="a \\"b\\", \\\\c\\nd}"} 1.5
      a{mcp="two"} +Inf 1700000000000
      b 7
      # EOF

      """)
    #expect(page.samples.count == 3)
    #expect(page.value("a", ["mcp": "one"]) == 1.5)
    #expect(page.samples[0].labels["text"] == "a \"b\", \\c\nd}")
    #expect(page.value("a", ["mcp": "two"]) == .infinity)
    #expect(page.value("a") == nil, "two of them: which one is meant?")
    #expect(page.value("b") == 7)
  }
}
