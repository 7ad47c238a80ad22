import ArgumentParser
import Foundation
import ServiceManagement
import Threading

/// The entry. Until a command's `run` there is one thread, so that the parent of `--supervise` can
/// start its child from here, and signals can be held for the thread that takes them.
@main enum Program {
  static func main() async {
    ProcessSetup.fillStandardStreams()
    do {
      var command = try Breakwater.parseAsRoot()
      if let run = command as? RunCommand, run.supervise { exit(run.superviseAgent()) }
      if command is RunCommand || command is DemoCommand {
        ProcessSignals.hold()
        followParent()
      }
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Breakwater.exit(withError: error)
    }
  }

  /// A child of `--supervise` ends in good order when its parent is gone.
  private static func followParent() {
    let variable = ProcessSupervisor.parentVariable
    guard let parent = ProcessInfo.processInfo.environment[variable].flatMap({ Int32($0) })
    else { return }
    guard ProcessSetup.endWithParent(parent) else {
      Terminal.error("breakwater: the parent of --supervise is gone")
      exit(1)
    }
    ProcessSetup.name("breakwater")
  }
}
