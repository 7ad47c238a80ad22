import Foundation
import Notifications
import PromQL
import TestSupport
import Testing

/// Debian's amtool knows the classic grammar of matchers only: what it reads means the same to us,
/// and what it does not is read by the newer grammar or refused.
@Suite(
  .enabled(if: Peer.isInstalled("amtool"), "no amtool on PATH: nothing to compare with"),
  .timeLimit(.minutes(30)))
struct MatcherComparison {
  @Test func whatAmtoolReadsMeansTheSame() async throws {
    let count = ProcessInfo.processInfo.environment["TORTURE"] == "1" ? 5_000 : 400
    let scratch = try Scratch()
    var random = SeededRandom(seed: 1)
    let texts = (0..<count).map { _ in random.matcherText() }
    var script = ""
    for (number, text) in texts.enumerated() {
      let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
      try scratch.write(
        "\(number).yml",
        "route: {receiver: r, routes: [{receiver: r, matchers: [\(quoted)]}]}\n"
          + "receivers: [{name: r}]\n")
      script += "echo '#'; amtool config routes show --config.file=\(number).yml 2>&1\n"
    }
    let file = try scratch.write("ask.sh", script)
    let output = try await runCommand("sh", [file.path], in: scratch, within: .seconds(900)).output
    let answers = output.components(separatedBy: "#\n").dropFirst()
    try #require(answers.count == count)
    var read = 0
    for (text, answer) in zip(texts, answers) {
      let ours = Result { () throws(MatcherSyntax.Fault) in try MatcherSyntax.matchers(text) }
      if answer.contains("Routing tree") {
        read += 1
        let lines = answer.split(separator: "\n").filter { $0.contains("receiver: r") }
        let line = lines.last.map(String.init) ?? ""
        let theirs = (line.components(separatedBy: "── ").last ?? "")
          .replacing("  receiver: r", with: "")
        let matchers = try ours.get().matchers
        // We put a name with a colon in quotes, as the newer grammar likes it.
        let written = matchers.text.replacing("\"c:d\"", with: "c:d")
        let wanted = matchers.isEmpty ? "default-route" : written
        #expect(theirs == wanted, "\(text)")
      } else if case .success(let reading) = ours {
        #expect(reading.warning == nil, "\(text): only the classic grammar reads it, they do not")
      }
    }
    print("matchers: \(read) of \(count) texts are read")
    #expect(read * 5 > count && read < count)
  }
}

extension SeededRandom {
  /// Mostly a matcher or two, with what should not be there.
  fileprivate mutating func matcherText() -> String {
    let parts = (0..<Int.random(in: 1...2, using: &self)).map { _ in
      let value = (0..<Int.random(in: 0...3, using: &self)).map { _ in
        pick(["a", "b", " ", "\\\"", "\\\\", "\\n", "\\d", "\\", ",", "{", "}", "é", "=", "x41"])
      }.joined()
      let name = pick(["a", "b_1", "c:d", "é", "1", "\"a\"", ""])
      let label = Int.random(in: 0..<3, using: &self) > 0 ? pick(["a", "b_1", "c:d"]) : name
      let op = pick(["=", "!=", " = ", "=", "!=", "~", "=="])
      let quote = pick(["\"", "\"", "\"", ""])
      return "\(label)\(op)\(quote)\(value)\(quote)"
    }
    let text = parts.joined(separator: pick([",", ", ", ",,", " "]))
    return pick([text, text, text, "{\(text)}", "{\(text)", " \(text) ", text + ","])
  }
}
