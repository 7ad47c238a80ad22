import Agent
import Alerting
import Journal
import Logging
import Threading

/// The journal, and what an agent starts from.
struct RestoredJournal {
  let journal: EventJournal
  let contents: JournalContents
  let alerting: AlertingContents

  /// What was damaged is told.
  init(path: String, _ logger: Logger) throws(FatalStart) {
    do throws(JournalError) {
      journal = try EventJournal.open(directory: path, now: SystemClock.wall)
      contents = try journal.contents(at: SystemClock.wall)
      let unreadable: Int
      (alerting, unreadable) = try journal.alertingContents()
      if unreadable > 0 {
        logger.error(
          "Some of the stored alerts and messages cannot be read and are left out",
          metadata: ["rows": "\(unreadable)"])
      }
    } catch {
      throw FatalStart(error.description)
    }
    CrashPoint.restored.pass()
    if let aside = journal.recoveredFrom {
      logger.critical(
        "The journal was corrupt: it was put aside and a new one begun; states start afresh",
        metadata: ["kept": "\(aside)"])
    }
  }
}
