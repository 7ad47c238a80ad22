package import Patterns

/// An opt-in call of a tool with an expectation on its result (`checks` of an MCP).
///
/// Made after the catalogue was listed, where the order's target has it; what comes of it judges
/// the tool and not the server: the probe's outcome stays as it is.
package struct ToolCheck: Equatable, Sendable {
  /// What must be true of the result. All that is set must hold.
  package struct Expectation: Equatable, Sendable {
    /// The result's `isError`.
    package var isError = false
    /// A place in the result that must be there.
    package var pointer: JSONPointer?
    /// Found in the value at `pointer`, or without one in the text of the content.
    package var matches: Pattern?
    /// From the call to the end of its answer.
    package var maxDuration: Duration?

    package init() {}
  }

  /// The value of the label `check`: unique among the checks of an MCP.
  package var name: String
  package var tool: String
  /// A JSON object.
  package var arguments = "{}"
  package var expectation = Expectation()

  package init(name: String, tool: String) {
    self.name = name
    self.tool = tool
  }
}

/// What came of one check.
package struct CheckResult: Equatable, Sendable {
  package var name: String
  package var isSuccess: Bool
  /// From the call to the end of its answer.
  package var duration: Duration
  /// Why it failed, for a person; empty when it did not.
  package var detail: String

  package init(name: String, isSuccess: Bool, duration: Duration, detail: String = "") {
    self.name = name
    self.isSuccess = isSuccess
    self.duration = duration
    self.detail = detail
  }
}
