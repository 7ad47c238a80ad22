package import Agent

/// One look at the tables that say what is to be watched.
package struct DatabaseReading: Equatable, Sendable {
  package var rows = DatabaseRows()
  package var ids = ServerIDs()
  /// Rows and values that are left out, and why; at most `mostProblems` and one that counts the
  /// rest. No value is quoted.
  package private(set) var problems: [String] = []
  private var more = 0

  package static let mostProblems = 100

  package init() {}

  mutating func note(_ problem: String) {
    if problems.count < Self.mostProblems {
      problems.append(problem)
      return
    }
    more += 1
    let rest = "and \(more) more"
    if more == 1 { problems.append(rest) } else { problems[problems.count - 1] = rest }
  }
}
