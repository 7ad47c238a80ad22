import AgentRuntime
import ArgumentParser
import Foundation
import ServiceManagement
import Signals
import Threading

extension RunCommand {
  /// `run --supervise`: the exit status, when it is over.
  func superviseAgent() -> Int32 {
    let environment = ProcessInfo.processInfo.environment
    if environment["NOTIFY_SOCKET"] != nil {
      Terminal.error(
        "breakwater: --supervise is for where there is no service manager, and NOTIFY_SOCKET names "
          + "one: leave the flag out and let it start the agent again")
      return 64
    }
    let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 30_000_000
    let format = log.format
    let supervisor = ProcessSupervisor(
      arguments: CommandLine.arguments.filter { $0 != "--supervise" },
      watchdogInterval: interval > 0 ? .microseconds(interval) : nil
    ) { Self.tell($0, format) }
    guard var supervisor else {
      Terminal.error("breakwater: no descriptor left for --supervise")
      return 1
    }
    return supervisor.run()
  }

  /// One line in the agent's format, on the same stream.
  private static func tell(_ report: ProcessSupervisor.Report, _ format: LogFormat) {
    var fields = [("ts", RFC3339.string(SystemClock.wall))]
    switch report {
    case .restart(let process, let end, let reason, let lived, let pause):
      fields += [
        ("level", "error"), ("msg", "The agent has ended and is started again"),
        ("end", end.description), ("lived", seconds(lived)), ("pause", seconds(pause)),
        ("pid", String(process)), ("reason", reason.rawValue),
      ]
    case .cannotStart(let error, let pause):
      fields += [
        ("level", "error"), ("msg", "The agent cannot be started"),
        ("error", String(error)), ("pause", seconds(pause)),
      ]
    case .overdue(let process):
      fields += [
        ("level", "error"), ("msg", "The agent does not end and is killed"),
        ("pid", String(process)),
      ]
    }
    var line = LogLine(format)
    for (key, value) in fields { line.append(key, value) }
    StandardError.writeIfRoom(line.bytes)
  }

  private static func seconds(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.wholeMilliseconds)
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
      + "s"
  }
}
