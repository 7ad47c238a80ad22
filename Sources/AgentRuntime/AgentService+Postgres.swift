import Agent
import Journal
import PostgresLink
import Signals
import Synchronization

extension AgentService {
  /// Tells the link what it is to do; false when it cannot begin.
  func configureLink(_ running: RunningConfiguration) -> Bool {
    let parts = PostgresLink.Parts(
      source: JournalFeed(journal, writer),
      deliver: { [weak self] in self?.databaseSays($0) },
      report: { [linkLog] in linkLog.report($0) })
    return desk.configure(running.file, running.database, parts)
  }

  /// On the link's thread: another look at the database.
  private func databaseSays(_ rows: DatabaseRows) {
    running.withLock { running in
      let before = running.settings
      let change = running.take(rows)
      var kept = rows.withoutPlainSecrets
      kept.config = running.database.config  // what counts, where the newest value cannot be
      writer.keep(kept)
      guard !change.isEmpty || running.settings != before else { return }
      handOver(running, change)
    }
  }
}

extension AgentNote {
  init(_ news: DatabaseNews) {
    let subject = news.subject.isEmpty ? [] : [Label(name: "subject", value: news.subject)]
    self.init(news.type, detail: news.detail, data: subject)
  }
}

extension PostgresFigures {
  mutating func note(journalDropped rows: UInt64) {
    if let index = FeedDropReason.allCases.firstIndex(of: .journal) { dropped[index] = rows }
  }

  /// What is made of the database's rows.
  mutating func note(_ database: DatabaseSettings) {
    registryMCPs = database.mcps.count
    registryRefused = database.refusedRows.count
    configRefused = Set(database.refusedConfig.compactMap { DatabaseKey(rawValue: $0.name) })
  }
}
