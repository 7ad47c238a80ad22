import Foundation
import TestSupport
import Testing

/// A server from PyPI in a virtual environment that `make test` makes, and what it says of itself.
struct RealServer: Sendable, CustomTestStringConvertible {
  var name: String
  var environment: String
  /// After the environment's Python; PORT is its port and BIN the environment's programs.
  var arguments: [String]
  var path = "/mcp"
  var identity: (name: String, version: String)
  var protocolVersion = "2025-11-25"
  var transport = "streamable_http"
  /// `nil` where it has no such list. It has two tools.
  var prompts: Double? = 1
  var resources: Double? = 1
  /// Of a probe that does not know it yet.
  var warnings: [String] = []

  var testDescription: String { name }

  /// The one at 1 keeps sessions, and says in its log when one ends.
  static let all = [
    RealServer(
      name: "sdk-2", environment: "mcp-2.3.0", arguments: ["sdk2_server.py", "PORT"],
      identity: ("harbour-2", "2.0.7"), protocolVersion: "2026-07-28",
      transport: "stateless_http"),
    RealServer(
      name: "sdk-1", environment: "mcp-1.30.0", arguments: ["sdk1_server.py", "PORT"],
      identity: ("harbour-1", "1.30.0")),
    RealServer(
      name: "fastmcp", environment: "fastmcp-4.1.0", arguments: ["fastmcp_server.py", "PORT"],
      identity: ("harbour-fast", "4.4.4"), protocolVersion: "2026-07-28",
      transport: "stateless_http"),
    RealServer(
      name: "sdk-1-redirects", environment: "mcp-1.9.4", arguments: ["sdk1_server.py", "PORT"],
      identity: ("harbour-1", "1.9.4"), protocolVersion: "2025-03-26", warnings: ["redirected"]),
    RealServer(
      name: "proxy", environment: "mcp-proxy-0.13.0",
      arguments: [
        "-m", "mcp_proxy", "--host", "127.0.0.1", "--port", "PORT", "BIN/mcp-server-time",
      ],
      identity: ("mcp-time", "2026.10.10"), prompts: nil, resources: nil),
    RealServer(
      name: "sdk-1-sse", environment: "mcp-1.2.1",
      arguments: ["sdk1_server.py", "PORT", "--transport", "sse"], path: "/sse",
      identity: ("harbour-1", "1.2.1"), protocolVersion: "2024-11-05", transport: "http_sse"),
    RealServer(
      name: "fastmcp-sse", environment: "fastmcp-4.1.0",
      arguments: ["fastmcp_server.py", "PORT", "--transport", "sse"], path: "/sse",
      identity: ("harbour-fast", "4.4.4"), transport: "http_sse"),
  ]

  static let areInstalled = all.allSatisfy { $0.isInstalled }

  var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python.path) }
  private var python: URL { programs.appending(path: "python") }
  private var programs: URL { programsOfVenv(environment) }

  func url(port: Int) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// With a `counter`, it says on that port how many sessions it holds.
  func start(port: Int, counter: Int? = nil, in scratch: Scratch) throws -> ChildProcess {
    let counting = counter.map { [fixture("counted.py").path, String($0)] } ?? []
    let own = arguments.map { argument in
      argument.hasSuffix(".py")
        ? fixture(argument).path
        : argument.replacing("PORT", with: String(port)).replacing("BIN", with: programs.path)
    }
    return try ChildProcess(python.path, counting + own, name: name, in: scratch)
  }

  /// Waits until it answers anything at all.
  static func listening(port: Int) async throws {
    try await eventually("a server on port \(port)", within: .seconds(180)) {
      try await LocalHTTP(port: port).get("/nothing").status
    }
  }
}

func fixture(_ name: String) -> URL {
  projectRoot.appending(path: "Tests/EndToEndTests/Fixtures/\(name)")
}

/// Of a virtual environment that scripts/venvs.sh makes.
func programsOfVenv(_ name: String) -> URL {
  let given = ProcessInfo.processInfo.environment["BREAKWATER_VENVS"]
  let directory = given.map { URL(filePath: $0) } ?? projectRoot.appending(path: ".build/venvs")
  return directory.appending(path: "\(name)/bin")
}
