import ArgumentParser
import WebServer

struct CheckWebConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "web-config",
    abstract: "Check a file for --web.config.file, with its certificates and keys.",
    discussion: "Exit status: 0 when there is no problem, 1 else.")

  @Argument(help: "The files.") var files: [String]

  func run() async throws {
    var isFine = true
    for file in files {
      do throws(WebConfigRefused) {
        let watch = try WebConfigWatch(file) { WebOptions.read(file) }
        for warning in watch.warnings { Terminal.error("warning: \(warning)") }
        Terminal.print("\(file) SUCCESS")
      } catch {
        for problem in error.problems {
          Terminal.error(problem.hasPrefix(file) ? problem : "\(file): \(problem)")
        }
        Terminal.error("\(file) FAILED")
        isFine = false
      }
    }
    if !isFine { throw ExitCode(1) }
  }
}
