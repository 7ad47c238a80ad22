package import Agent

/// What an operator has said of MCPs, as far as it was answered, and what the configuration says.
package struct SimulatedOperator: Sendable {
  private struct Question {
    var mcp: String
    var kind: MCPAction.Kind
    /// The configuration has changed since: who had the last word is not looked into.
    var isOverruled = false
    var isSwitch: Bool { kind == .enable || kind == .disable }
  }

  private var tickets: UInt64 = 0
  private var questions: [UInt64: Question] = [:]
  /// The last word on an MCP that was answered and that the configuration did not take up.
  private var words: [String: Bool] = [:]
  private var configured: [String: Bool] = [:]
  /// MCPs of which it is not known who had the last word, until the next answer.
  private var doubtful: Set<String> = []
  /// Words that were asked of `wanted` and known.
  package private(set) var checks = 0

  package init() {}

  package mutating func ask(_ kind: MCPAction.Kind, on mcp: String) -> MCPAction {
    tickets += 1
    questions[tickets] = Question(mcp: mcp, kind: kind)
    let caller = Caller(user: "alice", address: "192.0.2.7")
    return MCPAction(kind, on: mcp, by: caller, ticket: tickets)
  }

  package mutating func take(_ ticket: UInt64, _ outcome: ActionOutcome) {
    guard let question = questions.removeValue(forKey: ticket), question.isSwitch,
      outcome == .done || outcome == .unchanged
    else { return }
    guard !question.isOverruled else {
      doubtful.insert(question.mcp)
      return
    }
    doubtful.remove(question.mcp)
    let isEnabled = question.kind == .enable
    words[question.mcp] = configured[question.mcp] == isEnabled ? nil : isEnabled
  }

  package mutating func configure(_ settings: Settings) {
    configured = Dictionary(
      settings.mcps.map { ($0.name, $0.enabled) }, uniquingKeysWith: { $1 })
    for (name, isEnabled) in configured where words[name] == isEnabled {
      // The journal may not have that when the agent dies.
      words[name] = nil
      doubtful.insert(name)
    }
    for ticket in questions.keys { questions[ticket]?.isOverruled = true }
  }

  /// Nobody knows what came of what was not answered.
  package mutating func loseWhatIsUnderWay() {
    for question in questions.values where question.isSwitch { doubtful.insert(question.mcp) }
    questions = [:]
  }

  /// A journal that had the words is gone.
  package mutating func loseJournal() { doubtful.formUnion(words.keys) }

  /// Whether it is to be watched; `nil`: that may be one or the other.
  package mutating func wanted(_ mcp: String) -> Bool? {
    let isAsked = questions.values.contains { $0.mcp == mcp && $0.isSwitch }
    if isAsked || doubtful.contains(mcp) { return nil }
    if words[mcp] != nil { checks += 1 }
    return words[mcp] ?? configured[mcp]
  }

  /// An MCP that is wanted may have been given up.
  package mutating func allows(_ status: MCPStatus) -> Bool {
    guard let wanted = wanted(status.description.name) else { return true }
    return wanted ? status.isEnabled || status.autoDisabledReason != nil : !status.isEnabled
  }
}
