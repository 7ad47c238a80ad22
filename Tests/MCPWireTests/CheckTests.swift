import MCPWire
import Patterns
import Signals
import TestSupport
import Testing

/// Calls of tools with an expectation on the result.
@Suite("Checks") struct CheckTests {
  private static let content = #"{"content":[{"type":"text","text":"12 degrees"}]}"#
  private static let failed = #"{"content":[{"type":"text","text":"no sea"}],"isError":true}"#
  private static let structured =
    #"{"content":[],"structuredContent":{"list":[{"a/b":"x~y"},7]},"isError":false}"#

  /// A legacy server without sessions whose tool says this.
  private static func server(_ answer: @escaping (ProbeRequest) -> Reply) -> ScriptedServer {
    ScriptedServer { request in
      switch request.stage {
      case .discover: Reply(404)
      case .initialize: .json(Say.initialized())
      case .initialized: Say.accepted
      case .toolsList: Say.result(request.id ?? 0, #"{"tools":[]}"#)
      case .toolsCall: answer(request)
      default: Say.result(request.id ?? 0)
      }
    }
  }

  private static func checks(_ change: (inout ToolCheck) throws -> Void) rethrows -> ProbeTarget {
    var check = ToolCheck(name: "sea", tool: "tide")
    try change(&check)
    var target = ProbeTarget(url: "http://mcp.test/mcp")
    target.checks = [check]
    return target
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var result: String
    var pointer: String?
    var matches: String?
    var isError = false
    /// What the detail begins with; `nil`: a success.
    var objection: String?
  }

  private static let rows = [
    Row(testDescription: "any result", result: content),
    Row(testDescription: "a text that matches", result: content, matches: "[0-9]+ degrees"),
    Row(
      testDescription: "a text that does not", result: content, matches: "^[0-9]+$",
      objection: "no match of ^[0-9]+$ in: 12 degrees"),
    Row(testDescription: "a place", result: structured, pointer: "/structuredContent/list/1"),
    Row(
      testDescription: "a string at a place with escapes", result: structured,
      pointer: "/structuredContent/list/0/a~1b", matches: "^x~y$"),
    Row(
      testDescription: "JSON at a place", result: structured, pointer: "/structuredContent/list/0",
      matches: #"^\{"a/b":"x~y"\}$"#),
    Row(
      testDescription: "a place that is not there", result: structured, pointer: "/list",
      objection: "nothing at /list"),
    Row(
      testDescription: "a tool that fails", result: failed, objection: "the tool failed: no sea"),
    Row(testDescription: "a tool that should fail", result: failed, isError: true),
    Row(
      testDescription: "a tool that should fail and does not", result: content, isError: true,
      objection: "the tool did not fail"),
  ]

  @Test(arguments: rows)
  func aResultIsComparedWithWhatIsExpected(_ row: Row) throws {
    let target = try Self.checks { check in
      check.expectation.isError = row.isError
      check.expectation.pointer = row.pointer.flatMap { JSONPointer($0) }
      check.expectation.matches = try row.matches.map { try Pattern($0) }
    }
    let server = Self.server { Say.result($0.id ?? 0, row.result) }
    let run = try #require(server.probe(target, purpose: .catalogue))
    #expect(run.result.outcome == .ok, "a check judges the tool")
    #expect(run.stages.suffix(2) == [.toolsList, .toolsCall])
    let check = try #require(run.result.checks.first)
    #expect(check.name == "sea")
    #expect(check.isSuccess == (row.objection == nil))
    #expect(check.detail == row.objection ?? "")
  }

  @Test func theCallCarriesToolAndArguments() throws {
    let target = Self.checks { check in
      check.tool = "ti\"de"
      check.arguments = #"{"at":"noon"}"#
    }
    let run = try #require(
      Self.server { Say.result($0.id ?? 0, Self.content) }.probe(target, purpose: .catalogue))
    #expect(
      run.requests.last?.text
        == #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ti\"de","#
        + #""arguments":{"at":"noon"}}}"#)
  }

  @Test(arguments: [
    ("tide", "tide"), ("Größe", "=?base64?R3LDtsOfZQ==?="), (" x", "=?base64?IHg=?="),
  ])
  func aStatelessServerIsToldTheNameInAHeader(_ tool: String, _ header: String) throws {
    let target = Self.checks { $0.tool = tool }
    let server = ScriptedServer { request in
      switch request.stage {
      case .discover: Say.discovered
      case .toolsCall: Say.result(request.id ?? 0, Self.content)
      default:
        Say.result(
          request.id ?? 0, #"{"tools":[],"prompts":[],"resources":[],"resourceTemplates":[]}"#)
      }
    }
    let run = try #require(server.probe(target, purpose: .catalogue))
    #expect(run.requests.last?.header("Mcp-Name") == header)
    #expect(run.requests.last?.header("Mcp-Method") == "tools/call")
    #expect(run.requests.last?.text.contains("io.modelcontextprotocol/protocolVersion") == true)
    #expect(run.result.checks.map(\.isSuccess) == [true])
  }

  /// Cut before secrets are looked for in it, which takes time for each that is found.
  @Test func aToolThatSaysMegabytesIsCut() throws {
    let long = String(repeating: "a", count: 2 << 20)
    let server = Self.server {
      Say.result(
        $0.id ?? 0, #"{"content":[{"type":"text","text":"\#(long)"}],"isError":true}"#)
    }
    var target = Self.checks { _ in }
    target.http.headers = [.init(name: "X-Key", value: Secret("a"), isCredential: true)]
    let run = try #require(server.probe(target, purpose: .catalogue))
    let check = try #require(run.result.checks.first)
    #expect(!check.isSuccess)
    #expect(check.detail.count <= 200)
  }

  @Test func theyAreMadeInOrder() throws {
    var target = Self.checks { _ in }
    target.checks.append(ToolCheck(name: "second", tool: "wind"))
    let run = try #require(
      Self.server { Say.result($0.id ?? 0, Self.content) }.probe(target, purpose: .catalogue))
    #expect(run.result.checks.map(\.name) == ["sea", "second"])
    #expect(run.result.checks.map(\.isSuccess) == [true, true])
    #expect(run.stages.count { $0 == .toolsCall } == 2)
  }

  @Test func aLivenessProbeMakesNoChecks() throws {
    let run = try #require(
      Self.server { _ in Reply(500) }.probe(Self.checks { _ in }, purpose: .liveness))
    #expect(run.result.checks.isEmpty)
    #expect(!run.stages.contains(.toolsCall))
  }

  @Test func whatBreaksInACheckFailsTheChecksAndNotTheProbe() throws {
    var target = Self.checks { _ in }
    target.checks.append(ToolCheck(name: "second", tool: "wind"))
    let answers: [(Reply, [String])] = [
      (.failure(.timeout), ["broken", "not called"]),
      (Say.error(-32602, "unknown tool"), ["JSON-RPC error -32602: unknown tool", "JSON-RPC"]),
      (Reply(500), ["HTTP 500", "HTTP 500"]),
    ]
    for (answer, details) in answers {
      let run = try #require(
        Self.server { _ in answer }.probe(target, purpose: .catalogue))
      #expect(run.result.outcome == .ok)
      #expect(run.result.checks.map(\.isSuccess) == [false, false])
      for (check, detail) in zip(run.result.checks, details) {
        #expect(check.detail.hasPrefix(detail), "\(check.detail)")
      }
    }
  }

  @Test(arguments: ["a", "/a~2", "/~", String(repeating: "/a", count: 33)])
  func aPointerHasItsForm(_ text: String) { #expect(JSONPointer(text) == nil) }
}
