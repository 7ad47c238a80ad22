import AgentRuntime
import ArgumentParser
import Logging

/// What is logged, and how it looks.
struct LogOptions: ParsableArguments {
  enum Level: String, CaseIterable, ExpressibleByArgument {
    case debug, info, warn, error

    var level: Logger.Level {
      switch self {
      case .debug: .debug
      case .info: .info
      case .warn: .warning
      case .error: .error
      }
    }
  }

  @Option(name: .customLong("log.level"), help: "Least severity that is logged.")
  var level = Level.info

  @Option(name: .customLong("log.format"), help: "How a line looks.")
  var format = LogFormat.logfmt

  func logger(_ output: LogOutput) -> Logger {
    Logger(label: "breakwater") { _ in
      LineLogHandler(level: level.level, output: output)
    }
  }
}

extension LogFormat: ExpressibleByArgument {}
