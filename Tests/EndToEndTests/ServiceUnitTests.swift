import Foundation
import ServiceManagement
import TestSupport
import Testing

/// What systemd is told, and what its unit file says.
@Suite(.timeLimit(.minutes(5))) struct ServiceUnit {
  @Test func theServiceManagerHearsOfStartReloadAndEnd() async throws {
    let scratch = try Scratch()
    let socket = try #require(NotificationSocket())
    let file = try scratch.write("breakwater.yml", "mcps: []\n")
    let agent = try AgentProcess(
      configuration: file, port: freePort(), in: scratch,
      environment: ["NOTIFY_SOCKET=\(socket.name)", "WATCHDOG_USEC=4000000"])
    let heard = Heard(socket: socket, process: agent.process.pid)
    try await heard.wait(for: "READY=1")
    #expect(try await agent.http.get("/-/ready").status == 200, "what is ready answers")
    try await heard.wait(for: "STATUS=0 MCPs, 0 up, 0 circuits open")
    try await heard.wait(for: "WATCHDOG=1")
    agent.process.send(SIGHUP)
    try await heard.wait(for: "RELOADING=1")
    try await heard.wait(for: "READY=1")
    agent.process.send(SIGTERM)
    try await heard.wait(for: "STOPPING=1")
    #expect(try await agent.process.exitStatus(within: .seconds(10)) == 0)
  }

  private static let unit = projectRoot.appending(path: "packaging/systemd/breakwater.service")
  private static let analyze = "/usr/bin/systemd-analyze"
  private static let hasAnalyze = FileManager.default.isExecutableFile(atPath: analyze)

  @Test(.enabled(if: hasAnalyze, "systemd-analyze is not installed"))
  func theUnitIsOneThatSystemdAccepts() async throws {
    let scratch = try Scratch()
    let text = try String(contentsOf: Self.unit, encoding: .utf8)
      .replacing("/usr/local/bin/breakwater", with: breakwaterExecutable)
    let file = try scratch.write("breakwater.service", text)
    let result = try await runCommand(Self.analyze, ["verify", "--man=no", file.path], in: scratch)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  /// Of 10: the lower the better.
  @Test(.enabled(if: hasAnalyze, "systemd-analyze is not installed"))
  func theUnitExposesLittle() async throws {
    let result = try await runCommand(
      Self.analyze, ["security", "--offline=true", "--threshold=20", "--no-pager", Self.unit.path],
      in: try Scratch())
    #expect(result.status == 0, "\(result.output.suffix(300))\(result.errors)")
    let words = result.output.split(separator: " ").map(String.init)
    let place = try #require(words.firstIndex(of: "breakwater.service:"))
    #expect(try #require(Double(words[place + 1])) <= 2)
  }
}

/// Takes the words of a process one after another.
private final class Heard {
  private let socket: NotificationSocket
  private let process: Int32
  private var lines: [String] = []

  init(socket: NotificationSocket, process: Int32) {
    self.socket = socket
    self.process = process
  }

  /// Waits for a line; those before it are forgotten.
  func wait(for line: String) async throws {
    try await until("heard \(line)") {
      while let more = socket.next(from: process) { lines += more.map(String.init) }
      guard let place = lines.firstIndex(of: line) else { return false }
      lines.removeFirst(place + 1)
      return true
    }
  }
}
