import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct ProbeCommand {
  static let keys: Set = [
    "url", "outcome", "verdict", "stage", "detail", "advice", "duration_seconds", "stages",
    "transport", "protocol_version", "server", "tools", "prompts", "resources", "warnings",
  ]

  @Test func explainsAClosedPort() async throws {
    let scratch = try Scratch()
    let url = "http://127.0.0.1:\(try freePort())/mcp"
    let text = try await runCommand(breakwaterExecutable, ["probe", url], in: scratch)
    #expect(text.status == 1)
    #expect(text.output.contains("connect_refused"))

    let json = try await runCommand(breakwaterExecutable, ["probe", url, "--json"], in: scratch)
    #expect(json.status == 1)
    let answer = try JSONDecoder().decode(JSON.self, from: Data(json.output.utf8))
    #expect(answer["outcome"].string == "connect_refused")
    #expect(answer["verdict"].string == "down")
    #expect(answer["stage"].string == "connect")
    let advice = try #require(answer["advice"].string)
    #expect(!advice.isEmpty && text.output.contains(advice))
  }

  @Test func endsInTimeWhenTheServerHangs() async throws {
    let scratch = try Scratch()
    let taken = try TakenPort()
    let json = try await runCommand(
      breakwaterExecutable,
      ["probe", "--timeout", "500ms", "--json", "http://127.0.0.1:\(taken.port)/mcp"], in: scratch)
    #expect(json.status == 1)
    let answer = try JSONDecoder().decode(JSON.self, from: Data(json.output.utf8))
    #expect(answer["outcome"].string == "timeout")
    #expect(answer["duration_seconds"].number.map { $0 >= 0.4 && $0 < 10 } == true)
  }
}
