import Agent
import ConfigFile

/// What runs: the configuration file, with what the database says over it.
struct RunningConfiguration: Sendable {
  private(set) var file: Settings
  private(set) var database = DatabaseSettings()
  /// Both together.
  private(set) var settings: Settings
  /// The last look at the database.
  private var rows: DatabaseRows

  /// `rows`: what the database said when it was last seen.
  init(file: Settings, rows: DatabaseRows?) {
    self.file = file
    self.rows = rows ?? DatabaseRows()
    settings = file
    resolve()
  }

  /// What is new in what the database says, and what in it is probably not meant.
  struct Change: Sendable {
    var news: [DatabaseNews] = []
    var doubts: [String] = []
    var isEmpty: Bool { news.isEmpty && doubts.isEmpty }
  }

  mutating func take(file: Settings) -> Change {
    self.file = file
    return resolve()
  }

  /// Blocks on the disk, for secrets that rows name.
  mutating func take(_ rows: DatabaseRows) -> Change {
    self.rows = rows
    return resolve()
  }

  @discardableResult private mutating func resolve() -> Change {
    let before = database
    database = said()
    settings = file.resolved(with: database)
    let doubts = database.doubts.filter { !before.doubts.contains($0) }
    return Change(news: database.news(since: before), doubts: doubts)
  }

  private func said() -> DatabaseSettings {
    guard let postgres = file.postgres else { return DatabaseSettings() }
    var rows = rows
    if !postgres.registry { rows.servers = [] }
    var said = ConfigFile.readDatabase(rows, over: file, keeping: database)
    said.refusedRows += rows.problems.map { DatabaseSettings.Refusal(name: "", reason: $0) }
    return said
  }
}
