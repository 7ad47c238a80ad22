import Agent
import Signals
import Testing

/// What was in hand at each restart, and what is quarantined for it at 1,000 s.
struct QuarantineCase: CustomTestStringConvertible {
  var name: String
  /// Seconds of each restart, and the items, `m` an MCP and `r` a rule: `"m:a r:b"`.
  var restarts: [(at: Int64, inHand: String)]
  var held: [String] = []
  var expected: [String]

  var testDescription: String { name }

  static let all: [Self] = [
    .init(name: "no restart, nothing to blame", restarts: [], expected: []),
    .init(
      name: "two crashes are not enough",
      restarts: [(990, "m:a"), (1000, "m:a")], expected: []),
    .init(
      name: "the third crash over the same MCP",
      restarts: [(980, "m:a"), (990, "m:a"), (1000, "m:a")],
      expected: ["m:a in hand at 3 crashes within 5 minutes"]),
    .init(
      name: "over the same rule",
      restarts: [(980, "r:a"), (990, "r:a"), (1000, "r:a")],
      expected: ["r:a in hand at 3 crashes within 5 minutes"]),
    .init(
      name: "an MCP and a rule of one name are two items",
      restarts: [(980, "r:a"), (990, "m:a"), (1000, "r:a")], expected: []),
    .init(
      name: "crashes with nothing in hand between them",
      restarts: [(970, "m:a"), (980, ""), (990, "m:a"), (995, ""), (1000, "m:a")],
      expected: ["m:a in hand at 3 crashes within 5 minutes"]),
    .init(
      name: "crashes with nothing in hand blame nothing",
      restarts: [(980, ""), (990, ""), (1000, "")], expected: []),
    .init(
      name: "another one each time",
      restarts: [(980, "m:a"), (990, "m:b"), (1000, "m:c")], expected: []),
    .init(
      name: "five minutes count in full",
      restarts: [(700, "m:a"), (990, "m:a"), (1000, "m:a")],
      expected: ["m:a in hand at 3 crashes within 5 minutes"]),
    .init(
      name: "a second more is too long ago",
      restarts: [(699, "m:a"), (990, "m:a"), (1000, "m:a")], expected: []),
    .init(
      name: "all that were in hand each time, and nothing else",
      restarts: [(980, "r:z m:b m:a"), (990, "m:a r:z m:c"), (1000, "m:a m:d r:z")],
      expected: [
        "m:a in hand at 3 crashes within 5 minutes", "r:z in hand at 3 crashes within 5 minutes",
      ]),
    .init(
      name: "named twice at one crash is in hand once",
      restarts: [(990, "m:a m:a"), (1000, "m:a")], expected: []),
    .init(
      name: "what is held already is not decided again",
      restarts: [(970, "m:a m:b"), (980, "m:a m:b"), (990, "m:a m:b"), (1000, "m:a m:b")],
      held: ["m:a"], expected: ["m:b in hand at 4 crashes within 5 minutes"]),
    .init(
      name: "a clock set back by an hour blames nobody for what was then",
      restarts: [(4580, "m:a"), (4590, "m:a"), (1000, "m:a")], expected: []),
    .init(
      name: "a clock set back by a minute does not hide a crash loop",
      restarts: [(1040, "m:a"), (1050, "m:a"), (1000, "m:a")],
      expected: ["m:a in hand at 3 crashes within 5 minutes"]),
  ]
}

@Test(arguments: QuarantineCase.all)
func `what was in hand at three crashes is quarantined`(_ row: QuarantineCase) {
  // Each reason counts like the others.
  let reasons = RestartReason.allCases
  let restarts = row.restarts.enumerated().map { index, restart in
    CoordinatorRestart(
      reason: reasons[index % reasons.count], error: "",
      at: Timestamp(milliseconds: restart.at * 1000), duration: nil,
      inHand: restart.inHand.split(separator: " ").map { item(String($0)) })
  }
  let now = Timestamp(milliseconds: 1_000_000)
  let held = row.held.map { QuarantinedItem(item($0), since: now, detail: "") }
  let decided = Quarantine.decide(restarts, held: held, at: now)
  #expect(decided.map { "\(text($0.item)) \($0.detail)" } == row.expected)
  #expect(decided.allSatisfy { $0.since == now })
  #expect(Quarantine.decide(restarts.reversed(), held: held, at: now) == decided)
}

private func item(_ text: String) -> WorkItem {
  let name = String(text.dropFirst(2))
  return text.hasPrefix("m:") ? .mcp(name) : .rule(name)
}

private func text(_ item: WorkItem) -> String {
  "\(item.kind == .mcp ? "m" : "r"):\(item.name)"
}
