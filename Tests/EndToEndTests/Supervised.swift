import Foundation
import TestSupport
import Testing

/// `breakwater run --supervise`: the parent is `agent.process`.
struct SupervisedAgent {
  let agent: AgentProcess
  /// Stays as long as this does.
  let scratch: Scratch

  /// Starts parent and agent on this configuration and waits until the agent is ready.
  static func started(
    _ configuration: String, in scratch: Scratch, arguments: [String] = [],
    environment: [String] = []
  ) async throws -> SupervisedAgent {
    let file = try scratch.write("breakwater.yml", configuration)
    let agent = try AgentProcess(
      configuration: file, port: freePort(), in: scratch, arguments: ["--supervise"] + arguments,
      environment: ["SWIFT_BACKTRACE=enable=no"] + environment)
    try await agent.ready()
    return SupervisedAgent(agent: agent, scratch: scratch)
  }

  var parent: ChildProcess { agent.process }

  /// The agent itself.
  func child() async throws -> Int32 {
    try await eventually("the parent has a child") { ProcessTable.children(of: parent.pid).first }
  }

  /// Waits for another agent than this one, ready.
  func successor(of child: Int32) async throws -> Int32 {
    let next = try await eventually("process \(child) has a successor") {
      ProcessTable.children(of: parent.pid).first { $0 != child }
    }
    try await agent.ready()
    return next
  }

  /// The log's lines of restarts.
  var restarts: [String] {
    parent.errors.split(separator: "\n").filter { $0.contains("is started again") }.map(String.init)
  }
}

/// What the kernel says of processes.
enum ProcessTable {
  static func children(of process: Int32) -> [Int32] {
    let path = "/proc/\(process)/task/\(process)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
  }

  /// A field of /proc/PID/status; `nil` when there is no such process.
  static func field(_ name: String, of process: Int32) -> String? {
    let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
  }

  /// Whether it takes SIGTERM in its own way by now.
  static func catchesTermination(_ process: Int32) -> Bool {
    let caught = field("SigCgt", of: process).flatMap { UInt64($0, radix: 16) } ?? 0
    return caught & (1 << UInt64(SIGTERM - 1)) != 0
  }

  static func isGone(_ process: Int32) -> Bool { kill(process, 0) == -1 }
}
