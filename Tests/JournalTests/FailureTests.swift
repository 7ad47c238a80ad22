import Agent
import Foundation
import Journal
import Signals
import Testing
import TestSupport

@Suite struct FailureTests {
  @Test func `a full disk fails the commit, loses nothing and is over when there is room`()
    async throws
  {
    let directory = try TemporaryDirectory()
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path) == 0
    else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", directory.path) }
    let journal = try directory.open()
    defer { journal.close() }
    var sequence: UInt64 = 0
    var failure: JournalFailure?
    while failure == nil && sequence < 1000 {
      var large = event(sequence + 1)
      large.detail = String(repeating: "x", count: 20_000)
      do throws(JournalFailure) {
        try journal.commit([batch(sequence + 1, events: [large])])
        sequence += 1
      } catch {
        failure = error
      }
    }
    #expect(failure == .full)
    let kept = try await journal.events(of: "weather", limit: 1000, before: nil)
    #expect(kept.map(\.event.sequence) == (1...sequence).reversed())
    #expect(try run("/usr/bin/mount", "-o", "remount,size=8m", directory.path) == 0)
    try journal.commit([batch(sequence + 1, events: [event(sequence + 1)])])
    #expect(try journal.contents().lastEvent == sequence + 1)
  }

  @Test func `a file that another process has locked fails the commit and works afterwards`() throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let other = try Stranger(at: directory.database)
    try other.execute("BEGIN IMMEDIATE")
    #expect(throws: JournalFailure.busy) { try journal.commit([batch(1, events: [event(1)])]) }
    try other.execute("COMMIT")
    try journal.commit([batch(1, events: [event(1)])])
  }

  @Test func `a failed write gives up its connections, and the next commit has durable new ones`()
    throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([batch(1, events: [event(1)])])
    let other = try Stranger(at: directory.database)
    try other.misplaceEvents()
    #expect(throws: JournalFailure.corrupt) { try journal.commit([batch(2, events: [event(2)])]) }
    try other.mendEvents()
    try journal.commit([batch(2, events: [event(2)])])
    #expect(try journal.durability().isFull)
    #expect(try journal.contents().lastEvent == 2)
  }

  @Test func `what was acknowledged is in a copy of the files as a crash would leave them`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 1000) { answers.add($0) }
    var copies: [(TemporaryDirectory, acknowledged: UInt64)] = []
    for sequence in 1...UInt64(200) {
      writer.submit(batch(sequence, records: [record("weather")], events: [event(sequence)]))
      guard sequence.isMultiple(of: 40) else { continue }
      try await until("commits close to the last", every: .milliseconds(1)) {
        answers.reached >= sequence - 20
      }
      let copy = try TemporaryDirectory()
      try FileManager.default.createDirectory(
        atPath: copy.journal, withIntermediateDirectories: true)
      let acknowledged = answers.reached
      // So few pages are never checkpointed: the main file does not change under the copying.
      for file in ["journal.sqlite", "journal.sqlite-wal"] {
        try FileManager.default.copyItem(
          atPath: "\(directory.journal)/\(file)", toPath: "\(copy.journal)/\(file)")
      }
      copies.append((copy, acknowledged))
    }
    writer.stop()
    for (copy, acknowledged) in copies {
      let journal = try copy.open()
      #expect(journal.recoveredFrom == nil)
      let contents = try journal.contents()
      #expect(contents.lastBatch >= acknowledged)
      let stored = try await journal.events(of: "weather", limit: 1000, before: nil)
      #expect(stored.map(\.event.sequence) == (1...contents.lastEvent).reversed())
    }
  }

  @Test func `the write-ahead log stays bounded`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var large = event(1)
    large.detail = String(repeating: "x", count: 100_000)
    for sequence in 1...UInt64(300) {
      large.sequence = sequence
      try journal.commit([batch(sequence, events: [large])])
    }
    let attributes = try FileManager.default.attributesOfItem(
      atPath: directory.database + "-wal")
    #expect(try #require(attributes[.size] as? Int) < 8 << 20)
  }
}

extension Answers {
  /// The last batch said to be committed.
  var reached: UInt64 {
    all.reversed().lazy.compactMap { event -> UInt64? in
      if case .committed(let through) = event { through } else { nil }
    }.first ?? 0
  }
}
