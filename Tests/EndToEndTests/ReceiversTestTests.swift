import Foundation
import TestSupport
import Testing

/// `breakwater receivers test`, as a person at a terminal sees it.
@Suite(.timeLimit(.minutes(5))) struct ReceiversTests {
  private func test(
    _ name: String, _ webhooks: [String], in scratch: Scratch, more: [String] = []
  ) async throws -> CommandResult {
    let file = try scratch.write(
      "breakwater.yml",
      """
      route: {receiver: chat}
      receivers:
        - name: chat
          webhook_configs:
      \(webhooks.map { "      - {\($0)}\n" }.joined())
        - {name: nobody}
      """)
    return try await runCommand(
      breakwaterExecutable, ["receivers", "test", name, "--config.file", file.path] + more,
      in: scratch)
  }

  @Test func aReceiverThatWorksGetsAMessageThatSaysItIsATest() async throws {
    let scratch = try Scratch()
    let receiver = ScriptedReceiver(then: .status(204))
    let result = try await test(
      "chat", ["url: \"\(receiver.url)\", signing_secret: hush"], in: scratch,
      more: ["--web.external-url", "http://agent.example"])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(
      result.output.wholeMatch(of: /chat webhook\[0\]: delivered \(204 in \d+\.\d\ds\)\n/) != nil,
      "\(result.output)")
    let message = try #require(receiver.webhooks.first)
    #expect(receiver.requests.count == 1)
    #expect(message.status == "firing" && message.alertname == "BreakwaterTest")
    #expect(message.body["receiver"].string == "chat")
    #expect(message.body["externalURL"].string == "http://agent.example")
    let annotations = message.body["alerts"].array.first?["annotations"]
    #expect(annotations?["summary"].string?.contains("test message") == true)
    #expect(message.request.signature?.count == 64 && message.key.hasPrefix("test-"))
  }

  @Test func eachIntegrationIsTriedOnceAndSaysWhatIsWrong() async throws {
    let scratch = try Scratch()
    let denying = ScriptedReceiver(then: .status(401))
    let hanging = ScriptedReceiver(then: .hang)
    let fine = ScriptedReceiver()
    let nothing = try freePort()
    let result = try await test(
      "chat",
      [
        "url: \"\(denying.url)?key=c4nary\"", "url: \"http://127.0.0.1:\(nothing)/c4nary\"",
        "url: \"\(hanging.url)\", timeout: 300ms", "url: \"\(fine.url)\"",
      ], in: scratch)
    #expect(result.status == 1)
    let lines = result.output.split(separator: "\n").map { String($0) }
    try #require(lines.count == 4, "\(result.output)")
    #expect(
      lines[0]
        == "chat webhook[0]: failed: HTTP 401, "
        + "check the credentials, and whether the URL is still valid")
    #expect(lines[1].hasPrefix("chat webhook[1]: failed: ") && lines[1].contains("listens there"))
    #expect(lines[2].hasPrefix("chat webhook[2]: failed: ") && lines[2].contains("timeout"))
    #expect(lines[3].hasPrefix("chat webhook[3]: delivered (200 in "))
    #expect(!(result.output + result.errors).contains("c4nary"))
    #expect(denying.requests.count == 1)
  }

  @Test func whoIsNotThereIsNamedWithTheNearest() async throws {
    let scratch = try Scratch()
    let hook = "url: \"http://127.0.0.1:1/\""
    let result = try await test("chatt", [hook], in: scratch)
    #expect(result.status == 1)
    #expect(result.errors.contains("no receiver \"chatt\"; did you mean \"chat\"?"))
    let other = try await test("somebody-else", [hook], in: scratch)
    #expect(other.status == 1)
    #expect(other.errors.contains("there are chat, nobody"))
    let empty = try await test("nobody", [hook], in: scratch)
    #expect(empty.status == 1)
    #expect(empty.errors.contains("no integrations"))
  }

  @Test func aBrokenConfigurationIsToldWithThePlace() async throws {
    let scratch = try Scratch()
    let result = try await test("chat", ["url: \"ftp://127.0.0.1/\""], in: scratch)
    #expect(result.status == 1)
    #expect(result.errors.contains("breakwater.yml:5:"), "\(result.errors)")
    #expect(result.output == "")
  }
}
