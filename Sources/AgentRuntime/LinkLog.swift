import Agent
import Logging
import PostgresLink
import Signals
import Synchronization
import Threading

/// Log lines about Postgres: what fails again and again is a line a minute.
final class LinkLog: Sendable {
  private struct Told: Sendable {
    var at: MonotonicInstant
    var times = 0
  }

  private let logger: Logger
  private let told = Mutex<[PostgresFailure: Told]>([:])

  private static let pause = Duration.seconds(60)

  init(logger: Logger) { self.logger = logger }

  func report(_ report: LinkReport) {
    switch report {
    case .connected(let host, let schema, let changes, let notes):
      told.withLock { $0 = [:] }
      logger.info(
        "Connected to Postgres",
        metadata: ["host": "\(host)", "schema": "\(schema)", "schema_changes": "\(changes)"])
      for note in notes { logger.warning("Left alone in Postgres", metadata: ["what": "\(note)"]) }
    case .failed(let error): failed(error)
    case .refused(let rows, let error):
      logger.error(
        "Postgres does not take some rows; they are left out",
        metadata: ["rows": "\(rows)", "detail": "\(error.detail)", "sqlstate": "\(code(error))"])
    case .gone(let rows):
      logger.info(
        "Rows of MCPs that the database does not have any more are left out",
        metadata: ["rows": "\(rows)"])
    case .overflowed(let rows):
      logger.error(
        "Too much waits for Postgres: the oldest rows were given up", metadata: ["rows": "\(rows)"])
    }
  }

  private func failed(_ error: LinkError) {
    let now = SystemClock.monotonic
    let times = told.withLock { told -> Int? in
      let before = told[error.reason]
      if let before, before.at.duration(to: now) < Self.pause {
        told[error.reason]?.times += 1
        return nil
      }
      told[error.reason] = Told(at: now)
      return 1 + (before?.times ?? 0)
    }
    guard let times else { return }
    logger.error(
      "Postgres cannot be written to; health waits in the journal, alerting goes on",
      metadata: [
        "reason": "\(error.reason.rawValue)", "detail": "\(error.detail)",
        "sqlstate": "\(code(error))", "times": "\(times)",
      ])
  }

  private func code(_ error: LinkError) -> String { error.sqlState ?? "" }
}
