package import Agent

/// The journal as the source of what goes to Postgres.
package struct JournalFeed: FeedSource {
  private let journal: EventJournal
  private let writer: JournalWriter

  package init(_ journal: EventJournal, _ writer: JournalWriter) {
    self.journal = journal
    self.writer = writer
  }

  package var agentID: String { journal.agentID }
  package var feedBacklog: FeedBacklog { journal.feedBacklog }

  package func feed(after position: Int64, rows: Int) throws(JournalFailure) -> [FeedChunk] {
    do throws(JournalFailure) {
      return try journal.feed(after: position, rows: rows)
    } catch {
      if error == .corrupt { writer.noteDamage() }
      throw error
    }
  }

  package func feedEnd() throws(JournalFailure) -> Int64 { try journal.feedEnd() }

  package func release(feedThrough position: Int64) { writer.release(feedThrough: position) }
}
