import Agent
package import Logging
package import PostgresLink
package import Signals
import Synchronization
import Threading

/// Log lines about Postgres: what fails again and again is a line a minute.
package final class LinkLog: Sendable {
  private struct Told: Sendable {
    var at: MonotonicInstant
    var times = 0
  }

  private let logger: Logger
  /// By what it is about: a failure's reason, or the kind of report.
  private let told = Mutex<[String: Told]>([:])

  private static let pause = Duration.seconds(60)

  package init(logger: Logger) { self.logger = logger }

  package func report(_ report: LinkReport, at now: MonotonicInstant = SystemClock.monotonic) {
    switch report {
    case .connected(let host, let schema, let changes, let notes):
      guard let times = times("connected", now) else { return }
      logger.info(
        "Connected to Postgres",
        metadata: [
          "host": "\(host)", "schema": "\(schema)", "schema_changes": "\(changes)",
          "times": "\(times)",
        ])
      for note in notes { logger.warning("Left alone in Postgres", metadata: ["what": "\(note)"]) }
    case .failed(let error): failed(error, at: now)
    case .refused(let rows, let error):
      guard let times = times("refused", now) else { return }
      logger.error(
        "Postgres does not take some rows; they are left out",
        metadata: [
          "rows": "\(rows)", "detail": "\(error.detail)", "sqlstate": "\(code(error))",
          "times": "\(times)",
        ])
    case .gone(let rows):
      guard let times = times("gone", now) else { return }
      logger.info(
        "Rows of MCPs that the database does not have any more are left out",
        metadata: ["rows": "\(rows)", "times": "\(times)"])
    case .overflowed(let rows):
      guard let times = times("overflowed", now) else { return }
      logger.error(
        "Too much waits for Postgres: the oldest rows were given up",
        metadata: ["rows": "\(rows)", "times": "\(times)"])
    }
  }

  private func failed(_ error: LinkError, at now: MonotonicInstant) {
    guard let times = times("failed \(error.reason.rawValue)", now) else { return }
    logger.error(
      "Postgres cannot be used as it should; health waits in the journal, alerting goes on",
      metadata: [
        "reason": "\(error.reason.rawValue)", "detail": "\(error.detail)",
        "sqlstate": "\(code(error))", "times": "\(times)",
      ])
  }

  /// How often it has come since it was last told; `nil`: that was less than a minute ago.
  private func times(_ what: String, _ now: MonotonicInstant) -> Int? {
    return told.withLock { told in
      let before = told[what]
      if let before, before.at.duration(to: now) < Self.pause {
        told[what]?.times += 1
        return nil
      }
      told[what] = Told(at: now)
      return 1 + (before?.times ?? 0)
    }
  }

  private func code(_ error: LinkError) -> String { error.sqlState ?? "" }
}
