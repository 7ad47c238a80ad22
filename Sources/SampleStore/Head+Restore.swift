import Signals

/// What a restore came to.
package struct RestoreReport: Sendable, Equatable {
  package var samples = 0
  package var series = 0
  /// Records that were of no use.
  package var unreadable = 0

  package init() {}
}

extension Head {
  /// Takes stored records over, in this order: groups, series, pieces by group, block and place.
  ///
  /// What cannot be read is counted and left out; a block is good up to its first gap.
  package struct Restorer {
    private var head: Head
    package private(set) var report = RestoreReport()
    private var group = -1
    private var block = -1
    /// The place that the next piece of the block must have; `nil` when the block is broken.
    private var nextPlace: Int?

    /// Nothing may be later than that: it would keep what comes next from being appended.
    private let latest: Int64
    private let now: Int64

    package init(limits: Limits, now: Int64) {
      head = Head(limits: limits, isRecorded: true)
      self.now = now
      latest = now.addingSaturating(Head.clockSlack)
    }

    package mutating func add(_ record: SampleRecord) {
      let isGood =
        switch record {
        case .group(let id, let name): head.restore(group: name, at: id)
        case .series(let group, let row, let labels): head.restore(labels, at: row, in: group)
        case .piece(let group, let block, let place, let piece):
          add(piece, at: place, of: block, in: group)
        case .removed, .dropped, .rewound, .restarted: false
        }
      if !isGood { report.unreadable += 1 }
    }

    /// Counts what the store could not even make a record of.
    package mutating func addUnreadable() { report.unreadable += 1 }

    /// The head as it was; what follows begins with new blocks.
    package mutating func finish() -> Head {
      for number in head.groups.indices {
        head.groups[number].resume()
        // What is stored of a block that gave nothing must not become part of a new one.
        head.record(.rewound(group: number, from: head.groups[number].nextBlock))
      }
      head.truncate(at: now)
      report.series = head.figures.series
      head.figures.drop(.corrupt, report.unreadable)
      return head
    }

    private mutating func add(
      _ piece: SamplePiece, at place: Int, of block: Int, in group: Int
    ) -> Bool {
      guard head.groups.indices.contains(group), (0..<Int(Int32.max)).contains(block), place >= 0
      else {
        return false
      }
      if group != self.group || block != self.block {
        self.group = group
        self.block = block
        nextPlace = 0
        head.groups[group].startBlock(number: block)
      }
      guard place == nextPlace, piece.time <= latest, head.groups[group].open.number == block,
        let samples = head.groups[group].restore(piece)
      else {
        nextPlace = nil
        return false
      }
      nextPlace = place + 1
      report.samples += samples
      return true
    }
  }
}

extension SampleGroup {
  /// Appends a stored piece; how many samples it has, `nil` when it cannot be read.
  fileprivate mutating func restore(_ piece: SamplePiece) -> Int? {
    let rows = index.labels.count
    var decoder = SlotDecoder(piece.payload, 0..<piece.payload.count, rows: rows)
    var column = open.times.isEmpty ? [] : recent.last ?? []
    while column.count < rows { column.append(Cell.absent) }
    var extras: [(row: Int, bits: UInt64)] = []
    while decoder.advance() {
      let row = decoder.row
      guard let cell = decoder.token.cell(after: column[row]) else { return nil }
      switch piece.kind {
      case .slot: column[row] = cell
      case .extras: extras.append((row, cell))
      }
    }
    guard !decoder.isCorrupt else { return nil }
    let before = open.samples
    switch piece.kind {
    case .slot:
      guard piece.time > newestTime else { return nil }
      restore(column, at: piece.time)
    case .extras:
      guard fitting(extras, at: piece.time).count == extras.count else { return nil }
      _ = append(extras, between: piece.time)
    }
    return open.samples - before
  }
}
