import ArgumentParser
import ConfigFile
import PromQLTesting
import Threading

struct PromQLTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promqltest",
    abstract: "Run files in the language of Prometheus's own PromQL tests.",
    discussion: """
      Each evaluation that fails or is not run is a line, FILE:LINE: why. Exit status: 0 when none \
      failed, 1 else.
      """)

  /// For expressions nested as deeply as they may be.
  private static let stackBytes = 16 << 20

  @Argument(help: "The files.") var files: [String]

  func run() async throws {
    var report = Report()
    for file in files {
      do throws(BoundedFile.Failure) {
        let text = try BoundedFile.text(at: file, limit: Script.mostBytes)
        report = await Self.adding(text, of: file, to: report)
      } catch {
        report.fail(file, error.reason)
      }
    }
    for line in report.lines { Terminal.print(line) }
    Terminal.print(report.closingLine)
    if report.failed > 0 { throw ExitCode(1) }
  }

  private static func adding(_ text: String, of file: String, to report: Report) async -> Report {
    await withCheckedContinuation { waiter in
      let thread = NamedThread("promqltest", stackBytes: stackBytes) {
        var report = report
        report.run(text, of: file)
        waiter.resume(returning: report)
      }
      if thread == nil {
        var report = report
        report.fail(file, "the system has no thread left")
        waiter.resume(returning: report)
      }
    }
  }
}
