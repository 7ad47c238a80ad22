import Agent
import AgentRuntime
import Foundation
import Logging
import TestSupport
import Testing

/// A log into a file of its own, to be read again.
final class LogReader {
  let output: LogOutput
  let logger: Logger
  private let scratch: Scratch
  private let file: URL
  private let handle: FileHandle

  /// By default, lines say nothing of threads.
  init(_ format: LogFormat = .logfmt, threadName: Bool = false, threadID: Bool = false) throws {
    var settings = LoggingSettings()
    (settings.threadName, settings.threadID) = (threadName, threadID)
    scratch = try Scratch()
    file = try scratch.newFile("log")
    handle = try FileHandle(forWritingTo: file)
    let output = try #require(
      LogOutput(format: format, following: settings, descriptor: handle.fileDescriptor))
    self.output = output
    logger = Logger(label: "test") { _ in LineLogHandler(level: .debug, output: output) }
  }

  deinit { output.close() }

  /// Whole lines, once everything that was logged before is there.
  func rawLines() async throws -> [String] {
    output.write(Array("end\n".utf8))
    let text = try await eventually("the log is written") {
      let text = try String(contentsOf: file, encoding: .utf8)
      return text.hasSuffix("end\n") ? text : nil
    }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      .filter { !$0.isEmpty && $0 != "end" }
  }

  /// Lines of logfmt without their time, which comes first.
  func lines() async throws -> [String] {
    try await rawLines().map { line in
      #expect(line.wholeMatch(of: /ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z .*/) != nil, "\(line)")
      return String(line.drop { $0 != " " }.dropFirst())
    }
  }
}
