import Foundation
import TestSupport
import Testing

/// The commands on the pack of rules, and the exit statuses of what is broken.
@Suite(.timeLimit(.minutes(5))) struct RuleCommands {
  private static let rules = ["agent.yml", "mcp.yml"].map { path("rules/\($0)") }

  private static func path(_ name: String) -> String { projectRoot.appending(path: name).path }

  private func run(_ arguments: [String], in scratch: Scratch) async throws -> CommandResult {
    try await runCommand(breakwaterExecutable, arguments, in: scratch)
  }

  @Test func thePackIsInOrder() async throws {
    let scratch = try Scratch()
    let checked = try await run(["check", "rules"] + Self.rules, in: scratch)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    #expect(checked.output.components(separatedBy: "SUCCESS").count == 3, "\(checked.output)")
    #expect(checked.errors == "")
    let directory = projectRoot.appending(path: "rules/tests")
    let tests = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      .filter { $0.hasSuffix("_test.yml") }.map { directory.appending(path: $0).path }
    try #require(!tests.isEmpty)
    let tested = try await run(["test", "rules"] + tests.sorted(), in: scratch)
    #expect(tested.status == 0, "\(tested.output)\(tested.errors)")
  }

  @Test func aConfigurationWithThePackIsInOrder() async throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "good.yml", "mcps: []\nrule_files: [\"\(Self.path("rules"))/*.yml\"]\n")
    let result = try await run(["check", "config", file.path], in: scratch)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  /// A configuration, the files beside it, and where its problem is.
  @Test(arguments: [
    ("rule_files: [none.yml]\n", "broken.yml:1:14"),
    ("rule_files: [rules.yml]\n", "rules.yml:1:50"),
    ("rule_files: [\"r*.yml\"]\n", "rules.yml:1:50"),
    ("route: {receiver: nobody}\n", "broken.yml:1:19"),
    ("receivers: [{name: hook}]\n", "broken.yml:1:1"),
    (
      "receivers: [{name: hook, webhook_configs: [{url: \"ftp://x/\"}]}]\n"
        + "route: {receiver: hook}\n",
      "broken.yml:1:50"
    ),
  ])
  func aBrokenConfigurationIs1AndIsNotRun(_ text: String, _ place: String) async throws {
    let scratch = try Scratch()
    try scratch.write("rules.yml", "groups: [{name: g, rules: [{alert: A, expr: \"up +\"}]}]\n")
    let file = try scratch.write("broken.yml", text)
    let checked = try await run(["check", "config", file.path], in: scratch)
    #expect(checked.status == 1)
    #expect((checked.output + checked.errors).contains("\(place)"), "\(checked)")
    let arguments = AgentProcess.arguments(configuration: file, port: try freePort(), in: scratch)
    let ran = try await run(arguments, in: scratch)
    #expect(ran.status == 2)
    #expect((ran.output + ran.errors).contains("\(place)"), "\(ran)")
  }
}
