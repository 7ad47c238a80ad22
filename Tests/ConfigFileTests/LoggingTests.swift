import Agent
import ConfigFile
import Testing

/// `logging` of the file, and `thread_logging` of the database over it.
struct LoggingTests {
  struct Row: Sendable {
    var file: String
    var database: String?
    /// Whether lines have the thread's name, and its id.
    var expected: [Bool]

    init(_ file: String, _ database: String?, _ expected: [Bool]) {
      (self.file, self.database, self.expected) = (file, database, expected)
    }
  }

  static let rows: [Row] = [
    Row("", nil, [true, false]),
    Row("logging: {}", nil, [true, false]),
    Row("logging: {thread_id: true}", nil, [true, true]),
    Row("logging: {thread_name: false, thread_id: true}", nil, [false, true]),
    // What the database does not say stays as the file has it.
    Row("logging: {thread_id: true}", "{}", [true, true]),
    Row("logging: {thread_name: false}", #"{"enabled": true}"#, [false, false]),
    Row("logging: {thread_id: true}", #"{"enabled": true}"#, [true, true]),
    Row("", #"{"enabled": true, "include_thread_id": true}"#, [true, true]),
    Row("", #"{"include_thread_id": true, "include_thread_name": false}"#, [false, true]),
    Row("logging: {thread_name: false}", #"{"include_thread_name": true}"#, [true, false]),
    Row(
      "logging: {thread_id: true}",
      #"{"enabled": true, "include_thread_name": false, "include_thread_id": false}"#,
      [false, false]),
    // Switched off, its two keys count for nothing.
    Row("", #"{"enabled": false}"#, [false, false]),
    Row(
      "logging: {thread_id: true}",
      #"{"enabled": false, "include_thread_name": true, "include_thread_id": true}"#,
      [false, false]),
    // A value that cannot be is as good as none.
    Row("logging: {thread_id: true}", #"{"enabled": "no"}"#, [true, true]),
  ]

  @Test(arguments: rows) func theDatabaseGoesOverTheFile(row: Row) throws {
    let text = row.file + "\npostgres: {}"
    let read = try database(row.database.map { ["thread_logging": $0] } ?? [:], over: text)
    let logging = try file(text).resolved(with: read).logging
    #expect([logging.threadName, logging.threadID] == row.expected, "\(row)")
    #expect(try file(text).resolved(with: DatabaseSettings()) == file(text))
  }
}
