import Agent
package import Logging
import Signals
import Threading

/// swift-log's lines as Prometheus writes them, with the thread that is at work:
/// `ts=... level=info thread=prober msg="..." key=value`.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let output: LogOutput

  package init(level: Logger.Level, output: LogOutput) {
    self.output = output
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var line = output.line(event.level.word, event.message.description)
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      line.append(key, value.description)
    }
    if let error = event.error { line.append("error", String(describing: error)) }
    output.write(line.bytes)
  }
}

extension LogOutput {
  /// The beginning of a line that the calling thread writes now.
  func line(_ level: String, _ message: String) -> LogLine {
    var line = LogLine(format)
    line.append("ts", RFC3339.string(SystemClock.wall))
    line.append("level", level)
    let shown = threads.current
    if shown.threadName { line.append("thread", CurrentThread.name) }
    if shown.threadID { line.append("thread_id", "\(CurrentThread.id)") }
    line.append("msg", message)
    return line
  }
}

extension Logger.Level {
  fileprivate var word: String {
    switch self {
    case .trace, .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warn"
    case .error, .critical: "error"
    }
  }
}
