import Agent
import ConfigFile
import Foundation
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Our routes and those of Debian's amtool over the same generated files: the same receivers in the
/// same order.
@Suite(
  .enabled(if: Peer.isInstalled("amtool"), "no amtool on PATH: nothing to compare with"),
  .timeLimit(.minutes(30)))
struct RouteComparison {
  private struct Question {
    var seed: UInt64
    var alert: LabelSet
    var receivers: String
    var command: String
  }

  @Test func amtoolTellsTheSameReceiversInGeneratedTrees() async throws {
    let perTree = ProcessInfo.processInfo.environment["TORTURE"] == "1" ? 10 : 4
    let scratch = try Scratch()
    var questions: [Question] = []
    for seed in 1...200 as ClosedRange<UInt64> {
      var generator = RouteFileGenerator(seed: seed)
      let text = generator.file()
      try scratch.write("\(seed).yml", text)
      let route = try #require(try Self.route(text), "seed \(seed)")
      let tree = RoutingTree(route)
      for _ in 0..<perTree {
        let labels = generator.alert()
        let alert = LabelSet(labels.map { Label(name: $0, value: $1) })
        let receivers = tree.matches(alert).map { tree.nodes[$0].route.receiver }
        let arguments = alert.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        questions.append(
          Question(
            seed: seed, alert: alert, receivers: receivers.joined(separator: ","),
            command: "amtool config routes test --config.file=\(seed).yml \(arguments)"))
      }
    }
    // One shell for all of them: to start a process costs more than to answer.
    let script = questions.map { $0.command + " || echo failed" }.joined(separator: "\n")
    let file = try scratch.write("ask.sh", script)
    let answers = try await runCommand("sh", [file.path], in: scratch, within: .seconds(900)).lines
    try #require(answers.count == questions.count)
    for (question, answer) in zip(questions, answers) {
      #expect(question.receivers == answer, "seed \(question.seed): \(question.alert)")
    }
    let several = questions.filter { $0.receivers.contains(",") }.count
    let defaults = questions.filter { $0.receivers == "r0" }.count
    print("routes: \(questions.count) alerts, \(several) for several, \(defaults) for r0 only")
    #expect(several * 10 > questions.count && defaults * 2 < questions.count)
  }

  private static func route(_ text: String) throws -> Route? {
    try ConfigFile.parse(text: text, file: "routes.yml", directory: "").settings.notifications.route
  }
}
