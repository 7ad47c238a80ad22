/// Rows that the journal committed together, as it keeps them.
package struct FeedChunk: Equatable, Sendable {
  /// Grows with each chunk of one journal; never used twice.
  package var position: Int64
  /// As `FeedCoder` reads them.
  package var bytes: [UInt8]
  package var rows: Int

  package init(position: Int64, bytes: [UInt8], rows: Int) {
    self.position = position
    self.bytes = bytes
    self.rows = rows
  }
}

/// What waits in the journal for Postgres.
package struct FeedBacklog: Equatable, Sendable {
  package var rows: Int = 0
  package var bytes: Int = 0
  /// Rows given up since the journal's birth because more waited than is kept.
  package var dropped: UInt64 = 0

  package init() {}
}

/// Where the feed is read: the journal, behind what its readers need.
package protocol FeedSource: Sendable {
  /// Prefix of every event id.
  var agentID: String { get }

  /// Chunks after `position` in order: as many as hold about `rows` rows, at least one if there is
  /// one. Never waits for a commit; blocks for a read of the disk.
  func feed(after position: Int64, rows: Int) throws(JournalFailure) -> [FeedChunk]

  /// Position of the newest chunk there ever was; 0 in a new journal.
  func feedEnd() throws(JournalFailure) -> Int64

  /// Chunks up to `position` may go; returns at once.
  func release(feedThrough position: Int64)

  var feedBacklog: FeedBacklog { get }
}
