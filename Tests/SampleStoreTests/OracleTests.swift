import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

/// Whatever is appended, a head answers as a source that keeps every sample as it came.
@Suite struct HeadAnswersAsTheOracle {
  private static let seeds: ClosedRange<UInt64> = 1...5

  @Test(arguments: seeds) func toReadsLatestAndEnds(seed: UInt64) throws {
    var twins = Twins(seed: seed)
    try twins.addGroup(series: 9)
    try twins.addGroup(series: 12)
    try twins.addGroup(series: 1)
    for step in 0..<300 {
      twins.step()
      if step % 60 == 7 { twins.head.restartRecords() }
    }
    for _ in 0..<25 { compare(&twins) }
  }

  @Test func toALookThatIsHeldWhileTheWriterGoesOn() throws {
    var twins = Twins(seed: 99)
    try twins.addGroup(series: 20)
    for _ in 0..<50 { twins.step() }
    let held = (twins.head.snapshot, twins.oracle)
    for _ in 0..<200 { twins.step() }
    for _ in 0..<40 {
      let window = twins.randomWindow()
      expectSame(held.0, held.1, window)
    }
    #expect(held.0.seriesVersion != nil)
  }

  private func compare(_ twins: inout Twins) {
    let window = twins.randomWindow()
    expectSame(twins.head.snapshot, twins.oracle, window)
  }
}

/// Compares every way of reading all series within a window.
func expectSame(
  _ snapshot: HeadSnapshot, _ oracle: some SampleSource, _ window: (after: Int64, through: Int64)
) {
  let found = snapshot.select([], from: .min, through: .max)
  let wanted = oracle.select([], from: .min, through: .max)
  #expect(found.labels == wanted.labels)
  guard found.count == wanted.count else { return }
  var times: [Int64] = []
  var values: [Double] = []
  var ends: [WindowEnds] = []
  var all = [SampleBuffer](repeating: SampleBuffer(), count: found.count)
  #expect(
    snapshot.latest(
      found.handles, after: window.after, through: window.through, times: &times, values: &values))
  #expect(
    snapshot.ends(found.handles, after: window.after, through: window.through, into: &ends))
  snapshot.read(found.handles, after: window.after, through: window.through, into: &all)
  let columns = columnValues(snapshot, found.handles, window)
  for index in 0..<found.count {
    var mine = SampleBuffer()
    var other = SampleBuffer()
    snapshot.read(
      series: found.handles[index], after: window.after, through: window.through, into: &mine)
    oracle.read(
      series: wanted.handles[index], after: window.after, through: window.through, into: &other)
    let last = other.values.last ?? StaleMarker.value
    let isSame =
      mine.isSame(as: other) && all[index].isSame(as: other)
      && columns[index] == other.values.filter { !$0.isStaleMarker }.map(\.bitPattern)
      && values[index].bitPattern == last.bitPattern
      && times[index] == other.times.last ?? times[index]
      && ends[index].isSame(as: plainEnds(other))
    if !isSame { Issue.record("\(found.labels[index]) within \(window)") }
  }
}

/// What `forEachColumn` shows of each series, in its order.
private func columnValues(
  _ snapshot: HeadSnapshot, _ handles: [Int], _ window: (after: Int64, through: Int64)
) -> [[UInt64]] {
  var shown = [[UInt64]](repeating: [], count: handles.count)
  let hasColumns = snapshot.forEachColumn(
    of: handles, after: window.after, through: window.through
  ) { places, values in
    for index in places.indices where !values[index].isStaleMarker {
      shown[places[index]].append(values[index].bitPattern)
    }
  }
  #expect(hasColumns)
  return shown
}

/// By the words of `WindowEnds`.
private func plainEnds(_ samples: SampleBuffer) -> WindowEnds {
  var ends = WindowEnds()
  for (time, value) in zip(samples.times, samples.values) where !value.isStaleMarker {
    if ends.count == 0 {
      ends.firstTime = time
      ends.first = value
    } else if value < ends.last {
      ends.lost += ends.last
    }
    ends.count += 1
    ends.lastTime = time
    ends.last = value
  }
  return ends
}

extension SampleBuffer {
  func isSame(as other: SampleBuffer) -> Bool {
    times == other.times && values.map(\.bitPattern) == other.values.map(\.bitPattern)
  }
}

extension WindowEnds {
  fileprivate func isSame(as other: WindowEnds) -> Bool {
    count == other.count && firstTime == other.firstTime && lastTime == other.lastTime
      && first.bitPattern == other.first.bitPattern && last.bitPattern == other.last.bitPattern
      && (lost.bitPattern == other.lost.bitPattern || lost.isNaN && other.lost.isNaN)
  }
}
