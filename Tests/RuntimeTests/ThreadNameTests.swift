import Agent
import AgentRuntime
import Foundation
import Logging
import TestSupport
import Testing
import Threading

/// The name and the number of a thread, in the kernel and in lines of the log.
@Suite(.timeLimit(.minutes(2))) struct ThreadNameTests {
  /// Runs `body` on a thread of that name and waits for its end.
  private func onThread(_ name: StaticString, _ body: sending @escaping () -> Void) throws {
    let thread = NamedThread(name, body)
    try #require(thread?.join(timeout: .seconds(60)) == true)
  }

  /// What the kernel says of a thread of this process.
  private static func comm(_ id: String) -> String? {
    try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
  }

  @Test func theKernelKnowsAWholeNameOfFifteenBytes() throws {
    try onThread("mcp-coordinator") {
      #expect(CurrentThread.name == "mcp-coordinator")
      #expect(Self.comm("\(CurrentThread.id)") == "mcp-coordinator")
    }
    try onThread("given") {
      CurrentThread.take(name: "taken")
      #expect(CurrentThread.name == "taken")
      #expect(Self.comm("\(CurrentThread.id)") == "taken")
    }
  }

  @Test func aLongerNameIsRefused() async {
    await #expect(processExitsWith: .failure) { _ = NamedThread("sixteen-bytes-xx") {} }
    await #expect(processExitsWith: .failure) { CurrentThread.take(name: "sixteen-bytes-xx") }
  }

  @Test func aLineNamesItsThread() async throws {
    let log = try LogReader(threadName: true, threadID: true)
    let logger = log.logger
    try onThread("prober") {
      logger.info("m", metadata: ["comm": "\(Self.comm("\(CurrentThread.id)") ?? "")"])
      logger.info("m", metadata: ["id": "\(CurrentThread.id)"])
    }
    let lines = try await log.lines()
    let id = try #require(lines.last?.split(separator: "=").last)
    #expect(
      lines == [
        "level=info thread=prober thread_id=\(id) msg=m comm=prober",
        "level=info thread=prober thread_id=\(id) msg=m id=\(id)",
      ])
  }

  @Test func inJSONBothAreTexts() async throws {
    let log = try LogReader(.json, threadName: true, threadID: true)
    let logger = log.logger
    try onThread("two \"words\"") { logger.info("m") }
    let line = try #require(try await log.rawLines().first)
    let pattern = /.*,"level":"info","thread":"two \\"words\\"","thread_id":"\d+","msg":"m"}/
    #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
  }

  @Test func aLineOfThePoolHasTheNameThatThePoolGave() async throws {
    let log = try LogReader(threadName: true)
    let logger = log.logger
    let name = await Task {
      logger.info("m")
      return CurrentThread.name
    }.value
    #expect(!name.isEmpty)
    #expect(try await log.lines() == ["level=info thread=\(name) msg=m"])
  }

  @Test func theNextLineFollowsASwitch() async throws {
    let log = try LogReader()
    let (logger, threads) = (log.logger, log.output.threads)
    try onThread("journal") {
      for (name, id) in [(true, false), (false, false), (true, true), (false, true)] {
        var settings = LoggingSettings()
        (settings.threadName, settings.threadID) = (name, id)
        threads.follow(settings)
        #expect(threads.current == settings)
        logger.info("m")
      }
    }
    let lines = try await log.lines().map { $0.replacing(/thread_id=\d+/, with: "thread_id=N") }
    #expect(
      lines == [
        "level=info thread=journal msg=m", "level=info msg=m",
        "level=info thread=journal thread_id=N msg=m", "level=info thread_id=N msg=m",
      ])
  }
}
