import PromQL

/// A row that somebody asks about, and the place of the answer.
struct Asked {
  var place: Int
  var row: Int
}

/// The instants `after < time <= through`.
struct Window {
  var after: Int64
  var through: Int64

  func contains(_ time: Int64) -> Bool { after < time && time <= through }

  /// The slots of these ascending times that are within.
  func slots(_ times: [Int64]) -> Range<Int> {
    let first = Self.first(in: times, after: after)
    return first..<max(first, Self.first(in: times, after: through))
  }

  private static func first(in times: [Int64], after time: Int64) -> Int {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension SampleGroup {
  func block(_ index: Int) -> Block { index < sealed.count ? sealed[index] : open }

  /// The blocks that have something within the window.
  func blocks(in window: Window) -> Range<Int> {
    var low = 0
    var high = blocks
    while low < high {
      let middle = (low + high) / 2
      if block(middle).lastTime > window.after { high = middle } else { low = middle + 1 }
    }
    var end = low
    while end < blocks, block(end).firstTime <= window.through { end += 1 }
    return low..<end
  }

  /// Visits the columns of slots of a block in ascending order; those that are not at hand are
  /// decoded on the way, once.
  func walk(_ blockIndex: Int, _ slots: Range<Int>, _ visit: (Int, Column) -> Void) {
    guard !slots.isEmpty else { return }
    let block = block(blockIndex)
    var later = 0
    for index in (blockIndex + 1)..<max(blockIndex + 1, blocks) {
      later += self.block(index).times.count
      if later >= recent.count { break }
    }
    // The place in `recent` of the block's slot 0; negative when it is older.
    let origin = recent.count - later - block.times.count
    let firstAtHand = min(max(slots.lowerBound, -origin), slots.upperBound)
    if firstAtHand > slots.lowerBound {
      block.walk(from: slots.lowerBound, through: firstAtHand - 1, visit)
    }
    for slot in firstAtHand..<slots.upperBound { visit(slot, recent[origin + slot]) }
  }
}

// MARK: - Newest samples

extension SampleGroup {
  /// The newest sample within the window, the stale marker included, of each row that has one.
  func latest(
    _ asked: [Asked], in window: Window, times: inout [Int64], values: inout [Double]
  ) {
    var open = asked
    let touched = blocks(in: window)
    for index in touched.reversed() where !open.isEmpty {
      let slots = window.slots(block(index).times)
      // The newest column answers nearly all; the others are for those that were not in it.
      if let last = slots.last {
        settle(&open, index, last..<(last + 1), &times, &values)
        if !open.isEmpty { settle(&open, index, slots.dropLast(), &times, &values) }
      }
    }
    var places: [Int32: Int] = [:]
    for index in touched {
      for extra in block(index).extras where window.contains(extra.time) {
        if places.isEmpty {
          for one in asked { places[Int32(one.row)] = one.place }
        }
        guard let place = places[extra.row], times[place] < extra.time else { continue }
        times[place] = extra.time
        values[place] = Double(bitPattern: extra.bits)
      }
    }
  }

  private func settle(
    _ open: inout [Asked], _ index: Int, _ slots: Range<Int>, _ times: inout [Int64],
    _ values: inout [Double]
  ) {
    let instants = block(index).times
    var isSettled = [Bool](repeating: false, count: open.count)
    walk(index, slots) { slot, column in
      for (number, one) in open.enumerated() {
        let cell = column.cell(one.row)
        if cell == Cell.absent { continue }
        times[one.place] = instants[slot]
        values[one.place] = Double(bitPattern: cell)
        isSettled[number] = true
      }
    }
    open = zip(open, isSettled).filter { !$0.1 }.map(\.0)
  }
}

// MARK: - All samples

extension SampleGroup {
  /// Appends the samples of one row within the window, in ascending time.
  func read(_ row: Int, in window: Window, into buffer: inout SampleBuffer) {
    for index in blocks(in: window) {
      let block = block(index)
      let start = buffer.count
      let slots = window.slots(block.times)
      // What is at hand is looked up; decoding follows the one row only.
      if let first = slots.first, isAtHand(index, first) {
        walk(index, slots) { slot, column in
          buffer.add(block.times[slot], column.cell(row))
        }
      } else {
        block.follow(row, slots) { slot, cell in buffer.add(block.times[slot], cell) }
      }
      guard block.irregular.contains(row) else { continue }
      for extra in block.extras where extra.row == Int32(row) && window.contains(extra.time) {
        buffer.insert(extra, from: start)
      }
    }
  }

  private func isAtHand(_ index: Int, _ slot: Int) -> Bool {
    var newer = -slot
    for other in index..<blocks { newer += block(other).times.count }
    return newer <= recent.count
  }

  /// The same for many rows, each into the buffer at its place: a block is decoded once.
  func read(_ asked: [Asked], in window: Window, into buffers: inout [SampleBuffer]) {
    for index in blocks(in: window) {
      let block = block(index)
      let starts = block.extras.isEmpty ? [] : asked.map { buffers[$0.place].count }
      walk(index, window.slots(block.times)) { slot, column in
        let time = block.times[slot]
        for one in asked { buffers[one.place].add(time, column.cell(one.row)) }
      }
      if block.extras.isEmpty { continue }
      var numbers: [Int32: Int] = [:]
      for (number, one) in asked.enumerated() { numbers[Int32(one.row)] = number }
      for extra in block.extras where window.contains(extra.time) {
        guard let number = numbers[extra.row] else { continue }
        buffers[asked[number].place].insert(extra, from: starts[number])
      }
    }
  }
}

extension Block {
  /// The cells of one row in slots of the block.
  fileprivate func follow(_ row: Int, _ slots: Range<Int>, _ visit: (Int, UInt64) -> Void) {
    var cell = Cell.absent
    for index in 0..<slots.upperBound where !slots.isEmpty {
      let (bytes, range) = slot(index)
      var decoder = SlotDecoder(bytes, range, rows: rows)
      while let (changed, token) = decoder.next(), changed <= row {
        if changed == row { cell = token.cell(after: cell) ?? Cell.absent }
      }
      if index >= slots.lowerBound { visit(index, cell) }
    }
  }
}

extension SampleBuffer {
  fileprivate mutating func add(_ time: Int64, _ cell: UInt64) {
    if cell != Cell.absent { append(time: time, value: Double(bitPattern: cell)) }
  }

  /// Puts an extra sample in its place in time among those from `start` on.
  fileprivate mutating func insert(_ extra: Block.Extra, from start: Int) {
    var place = count
    while place > start, times[place - 1] > extra.time { place -= 1 }
    times.insert(extra.time, at: place)
    values.insert(Double(bitPattern: extra.bits), at: place)
  }
}
