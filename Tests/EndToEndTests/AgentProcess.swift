import Foundation
import TestSupport
import Testing

/// `breakwater run` on a configuration, a data directory and a port of its own.
final class AgentProcess: Sendable {
  let process: ChildProcess
  let http: LocalHTTP

  /// `arguments` come after those for the configuration, the port and the data directory;
  /// `environment`: as `NAME=value`; `tool`: a command before the program's.
  init(
    configuration: URL, port: Int, in scratch: Scratch, arguments: [String] = [],
    environment: [String] = [], under tool: [String] = []
  ) throws {
    http = LocalHTTP(port: port)
    process = try ChildProcess(
      "env",
      environment + tool + [breakwaterExecutable]
        + Self.arguments(configuration: configuration, port: port, in: scratch) + arguments,
      name: "breakwater", in: scratch)
  }

  static func arguments(configuration: URL, port: Int, in scratch: Scratch) -> [String] {
    [
      "run", "--config.file", configuration.path, "--web.listen-address", "127.0.0.1:\(port)",
      "--storage.path", scratch.path("data").path,
    ]
  }

  /// Starts an agent on this configuration and waits until it is ready.
  static func started(
    _ configuration: String, in scratch: Scratch, arguments: [String] = []
  ) async throws -> AgentProcess {
    let file = try scratch.write("breakwater.yml", configuration)
    let agent = try AgentProcess(
      configuration: file, port: freePort(), in: scratch, arguments: arguments)
    try await agent.ready()
    return agent
  }

  /// Waits until `/-/ready` says 200; tells what the program wrote when it does not come to that.
  func ready() async throws {
    struct NotReady: Error, CustomStringConvertible { let description: String }
    do {
      try await until("the agent is ready") {
        guard process.isRunning else { throw NotReady(description: "it has ended") }
        return try await http.get("/-/ready").status == 200
      }
    } catch {
      throw NotReady(description: "\(error)\n\(process.output)\n\(process.errors)")
    }
  }

  func mcps() async throws -> [JSON] { try await http.get("/api/v1/mcps").json()["data"].array }

  /// One MCP; null when there is none of this name.
  func mcp(_ name: String) async throws -> JSON {
    try await http.get("/api/v1/mcps/\(name)").json()["data"].first(named: name)
  }

  /// Newest first.
  func events(of name: String, limit: Int = 500) async throws -> [JSON] {
    try await http.get("/api/v1/mcps/\(name)/events?limit=\(limit)").json().listed
  }

  func metrics() async throws -> MetricsPage { MetricsPage(try await http.get("/metrics").text) }
}

extension JSON {
  /// A list that may stand bare or in the envelope's `data`.
  var listed: [JSON] { array.isEmpty ? self["data"].array : array }

  /// The MCP of this name, whether it came alone or in a list.
  func first(named name: String) -> JSON {
    self["name"].string == name ? self : array.first { $0["name"].string == name } ?? .null
  }

  var health: String? { self["health_status"].string }
  var circuit: JSON { self["circuit"] }
  var circuitState: String? { circuit["state"].string }
}

/// The suites that keep the machine busy run one after another.
@Suite(.serialized) enum Heavy {}
