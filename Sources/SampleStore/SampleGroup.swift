/// Series that are always appended together: they share their instants, so that their samples are a
/// matrix of slots (instants) and rows (series).
///
/// Every slot is kept as what changed since the one before, in blocks; the newest columns are kept
/// as they are too, since most questions are about them. Whatever changes in an append is small, so
/// that a copy of a group that a reader holds costs the writer little.
struct SampleGroup: Sendable {
  /// Slots of a block: reading one replays half of them on average; each block repeats a column.
  static let slotsPerBlock = 64
  /// Five minutes of lookback at an interval of 15 s, and some more.
  static let recentColumns = 24
  /// Pieces between two slots and slots, of one block.
  private static let piecesPerBlock = 4096

  let name: String
  var index = GroupIndex()
  /// The head's version when series of the group came or went last.
  var seriesVersion: UInt64 = 0
  private(set) var sealed: [Block] = []
  private(set) var open: Block
  /// The columns of the newest slots, the newest last; fewer after a restore.
  private(set) var recent: [Column] = []
  /// What rows hold that had an extra sample since the newest slot.
  private var overrides: [Int: UInt64] = [:]
  /// Rows that hold no sample now, and when they had their last one.
  private var ended: [Int: Int64] = [:]
  private(set) var newestTime = Int64.min
  /// After a gap nobody knows when a series ended that is no more there.
  private var marksEnds = true
  /// How many rows were freed: a row number that was kept is no good after that.
  private(set) var removals = 0

  init(name: String, firstBlock: Int = 0) {
    self.name = name
    open = Block(number: firstBlock)
  }

  var blocks: Int { sealed.count + (open.isEmpty ? 0 : 1) }
  var oldestTime: Int64 { sealed.first?.firstTime ?? open.firstTime }
  var isEmpty: Bool { blocks == 0 && index.count == 0 }

  /// An estimate of the memory that the group takes.
  var bytes: Int {
    let columns = recent.reduce(0) { $0 + $1.count * 8 + 48 }
    return blockBytes + columns + index.bytes
  }

  var blockBytes: Int { sealed.reduce(open.bytes) { $0 + $1.bytes } }

  /// What the row holds at the newest instant.
  func newest(_ row: Int) -> UInt64 { overrides[row] ?? recent.last?.cell(row) ?? Cell.absent }
}

/// A piece of the group's record, and where it belongs.
struct PlacedPiece {
  var block: Int
  var place: Int
  var piece: SamplePiece
  var samples: Int
}

extension SampleGroup {
  /// A row was taken that has no sample yet.
  mutating func began(_ row: Int) { ended[row] = newestTime }

  /// Appends a slot. A series that held a sample and has none in `column` gets a stale marker.
  ///
  /// The time must be later than `newestTime`.
  mutating func append(_ given: Column, at time: Int64) -> PlacedPiece {
    var column = given
    while column.count < index.labels.count { column.append(Cell.absent) }
    markEnds(in: &column, at: time)
    if open.times.count >= Self.slotsPerBlock { startBlock() }
    return push(column, at: time)
  }

  /// A stored column, in which the ends are marked already and which its block has room for.
  mutating func restore(_ column: Column, at time: Int64) { _ = push(column, at: time) }

  private mutating func push(_ column: Column, at time: Int64) -> PlacedPiece {
    let place = open.records
    let samples = open.samples
    let payload = open.append(column, after: recent.last ?? [], at: time)
    if open.times.count > 1, payload.isEmpty, let last = recent.last, last.count == column.count {
      recent.append(last)  // the same memory
    } else {
      recent.append(column)
    }
    if recent.count > Self.recentColumns { recent.removeFirst() }
    overrides = [:]
    newestTime = time
    return PlacedPiece(
      block: open.number, place: place,
      piece: SamplePiece(kind: .slot, time: time, payload: payload),
      samples: open.samples - samples)
  }

  private mutating func markEnds(in column: inout Column, at time: Int64) {
    let marks = marksEnds
    marksEnds = true
    let before = recent.last ?? []
    for row in column.indices {
      let new = column[row]
      let between = overrides.isEmpty ? nil : overrides[row]
      if between == nil, Cell.isSample(new), row < before.count, Cell.isSample(before[row]) {
        continue
      }
      let old = between ?? before.cell(row)
      if new == Cell.absent {
        guard Cell.isSample(old) else { continue }
        ended[row] = marks ? time : newestTime
        if marks { column[row] = Cell.stale }
      } else {
        ended[row] = new == Cell.stale ? time : nil
      }
    }
  }

  /// Appends samples between two slots; rows ascending, none twice. The time must not be earlier
  /// than `newestTime`, and a row must have no sample at that time.
  mutating func append(_ samples: [(row: Int, bits: UInt64)], between time: Int64) -> PlacedPiece {
    if open.records >= Self.piecesPerBlock { startBlock() }
    var encoder = SlotEncoder()
    let base = open.times.isEmpty ? [] : recent.last ?? []
    for (row, bits) in samples {
      encoder.add(row: row, from: base.cell(row), to: bits)
      overrides[row] = bits
      if bits == Cell.stale || ended[row] != nil { ended[row] = time }
    }
    let place = open.records
    open.append(extras: samples.map { .init(time: time, row: Int32($0.row), bits: $0.bits) })
    newestTime = time
    let piece = SamplePiece(kind: .extras, time: time, payload: encoder.finish())
    return PlacedPiece(block: open.number, place: place, piece: piece, samples: samples.count)
  }

  /// Those of the samples that may be appended at that time, by row.
  func fitting(_ samples: [(row: Int, bits: UInt64)], at time: Int64) -> [(row: Int, bits: UInt64)]
  {
    // Blocks follow in time, so a slot of the one before is also not later than `newestTime`.
    guard time >= newestTime, open.times.last.map({ time > $0 }) ?? true else { return [] }
    if open.isEmpty, let last = sealed.last, time <= last.lastTime { return [] }
    var taken = RowSet()
    for extra in open.extras.reversed().prefix(while: { $0.time == time }) {
      taken.insert(Int(extra.row))
    }
    return samples.filter { row, bits in
      guard index.labels.indices.contains(row), bits != Cell.absent, !taken.contains(row) else {
        return false
      }
      taken.insert(row)
      return true
    }.sorted { $0.row < $1.row }
  }

  /// The next append begins a block, which says everything anew. `number`: at least that.
  mutating func startBlock(number: Int = 0) {
    guard !open.isEmpty else {
      open = Block(number: max(open.number, number))
      return
    }
    open.seal()
    sealed.append(open)
    open = Block(number: max(sealed[sealed.count - 1].number + 1, number))
  }

  /// After a restore: series that are not there next time have ended nobody knows when.
  mutating func resume() {
    startBlock()
    marksEnds = false
    for row in index.labels.indices where index.labels[row] != nil && !Cell.isSample(newest(row)) {
      ended[row] = newestTime
    }
  }

  /// Drops the oldest block; what it held in samples.
  mutating func dropOldest() -> Int {
    if sealed.isEmpty {
      let samples = open.samples
      open = Block(number: open.number + 1)
      recent = []
      overrides = [:]
      for row in index.labels.indices where index.labels[row] != nil { ended[row] = newestTime }
      return samples
    }
    return sealed.removeFirst().samples
  }

  /// Drops the blocks that reach beyond `now`, and the open one; what they held in samples.
  mutating func rewind(to now: Int64) -> Int {
    var samples = open.samples
    open = Block(number: open.number + 1)
    while let last = sealed.last, last.lastTime > now {
      samples += last.samples
      sealed.removeLast()
    }
    newestTime = sealed.last?.lastTime ?? .min
    recent = newestColumn.map { [$0] } ?? []
    overrides = [:]
    marksEnds = false
    for row in index.labels.indices where index.labels[row] != nil {
      ended[row] = Cell.isSample(newest(row)) ? nil : newestTime
    }
    return samples
  }

  /// Decoded.
  private var newestColumn: Column? {
    guard let block = sealed.last(where: { !$0.times.isEmpty }) else { return nil }
    var newest: Column?
    block.walk(from: block.times.count - 1, through: block.times.count - 1) { newest = $1 }
    return newest
  }

  /// The number of the next block to come after those that are sealed.
  var nextBlock: Int { (sealed.last?.number ?? -1) + 1 }

  /// The blocks before this number are gone.
  var oldestBlock: Int { sealed.first?.number ?? open.number }

  /// Frees the rows that have no sample left; which they were.
  mutating func freeRows() -> [Int] {
    let oldest = oldestTime
    let gone = ended.filter { $0.value < oldest }.map(\.key).sorted()
    for row in gone {
      index.remove(row)
      ended[row] = nil
      overrides[row] = nil
    }
    removals += gone.isEmpty ? 0 : 1
    return gone
  }
}
