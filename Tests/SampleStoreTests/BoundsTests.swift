import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

@Suite struct HeadKeepsItsBounds {
  private func labels(_ number: Int) -> LabelSet { Twins.labels(group: 0, number: number) }

  private func dropped(_ head: Head, _ reason: SampleDropReason) -> UInt64 {
    SampleDropReason.allCases.firstIndex(of: reason).map { head.figures.dropped[$0] } ?? 0
  }

  private func samples(_ head: Head, _ handle: Int) -> SampleBuffer {
    var buffer = SampleBuffer()
    head.snapshot.read(series: handle, after: .min, through: .max, into: &buffer)
    return buffer
  }

  @Test func whatComesTooLateIsRefusedAndCounted() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    for number in 0..<3 { _ = head.row(of: labels(number), in: group) }
    let column = [1, 2, 3].map { Cell.bits(of: $0) }
    let isAppended = [1000, 1000, 999].map { head.append(column, at: $0, to: group) }
    #expect(isAppended == [true, false, false])
    #expect(dropped(head, .outOfOrder) == 6)
    head.append([(0, Cell.bits(of: 5))], between: 1000, in: group)
    #expect(dropped(head, .outOfOrder) == 7)
    head.append([(0, Cell.bits(of: 5)), (0, Cell.bits(of: 6))], between: 1001, in: group)
    head.append([(0, Cell.bits(of: 7)), (1, Cell.bits(of: 8))], between: 1001, in: group)
    head.append([(9, Cell.bits(of: 7))], between: 1002, in: group)
    #expect(dropped(head, .outOfOrder) == 10)
    #expect(head.figures.appended == 5)
    #expect(samples(head, 0).values == [1, 5])
    #expect(samples(head, 1).values == [2, 8])
  }

  @Test func noMoreSeriesAndGroupsThanAllowed() throws {
    var limits = Head.Limits()
    limits.series = 3
    limits.groups = 2
    var head = Head(limits: limits)
    let made = [head.group("a"), head.group("b"), head.group("c"), head.group("a")]
    #expect(made == [0, 1, nil, 0])
    let rows = (0..<5).map { head.row(of: labels($0), in: $0 % 2) }
    #expect(rows == [0, 0, 1, nil, nil])
    // A series of another group is none of this one.
    let other = head.row(of: labels(0), in: 1)
    #expect(other == nil)
    #expect(head.figures.series == 3)
  }

  @Test func oldSamplesGoAndSeriesWithoutSamplesToo() throws {
    var limits = Head.Limits()
    limits.retention = 600_000
    var head = Head(limits: limits, isRecorded: true)
    var store = StoredRecords()
    let made = head.group("g")
    let group = try #require(made)
    for number in 0..<2 { _ = head.row(of: labels(number), in: group) }
    for time in 1...300 {
      let second = time <= 50 ? Cell.bits(of: Double(time)) : Cell.absent
      head.append([Cell.bits(of: 1), second], at: Int64(time) * 5000, to: group)
      head.truncate(at: Int64(time) * 5000)
      store.write(head.takeRecords())
    }
    let kept = samples(head, 0)
    let oldest = try #require(kept.times.first)
    // Blocks go as a whole: at most one too many is there.
    #expect(oldest <= 1_500_000 - 600_000 && oldest > 1_500_000 - 600_000 - 64 * 5000)
    #expect(head.figures.series == 1)
    #expect(head.snapshot.select([], from: 0, through: .max).labels == [labels(0)])
    #expect(store.series.count == 1)
    #expect(store.pieces.values.map(\.time).min() == oldest)
    #expect(head.removals(of: group) == 1)
    // The place is used again, and shows nothing of who had it before.
    let version = head.snapshot.seriesVersion
    let row = head.row(of: labels(7), in: group)
    #expect(row == 1)
    #expect(samples(head, 1).count == 0)
    #expect(head.snapshot.seriesVersion != version)
    #expect(head.figures.dropped.allSatisfy { $0 == 0 })
  }

  @Test func aGroupThatIsNoLongerAppendedGoesWithTheTime() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    _ = head.row(of: labels(0), in: group)
    head.append([Cell.bits(of: 1)], at: 1000, to: group)
    head.truncate(at: 7_201_000)
    #expect(head.figures.series == 1)
    head.truncate(at: 7_201_001)
    #expect(head.figures.series == 0)
    #expect(head.snapshot.select([], from: 0, through: .max).count == 0)
    let row = head.row(of: labels(1), in: group)
    #expect(row == 0)
    head.append([Cell.bits(of: 2)], at: 7_300_000, to: group)
    #expect(samples(head, 0).values == [2])
  }

  @Test func whenTheClockIsSetBackTheFutureGivesWay() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    _ = head.row(of: labels(0), in: group)
    for time in 1...100 {
      head.append([Cell.bits(of: Double(time))], at: Int64(time) * 10_000, to: group)
    }
    head.rewind(to: 940_000)
    #expect(samples(head, 0).count == 100)
    head.rewind(to: 700_000)
    #expect(samples(head, 0).times.last == 640_000)
    #expect(dropped(head, .outOfOrder) == 36)
    let isAppended = head.append([Cell.bits(of: 1)], at: 700_000, to: group)
    #expect(isAppended)
    var ends: [WindowEnds] = []
    #expect(head.snapshot.ends([0], after: 630_000, through: 700_000, into: &ends))
    #expect(ends.first?.lost == 64)
  }

  @Test func aSeriesThatWentOnAfterTheClockWasSetBackStays() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    for number in 0..<2 { _ = head.row(of: labels(number), in: group) }
    let column = [1, 2].map { Cell.bits(of: $0) }
    for time in 1...100 { head.append(column, at: Int64(time) * 10_000, to: group) }
    head.rewind(to: 700_000)
    for time in 71...1000 {
      head.append([column[0]], at: Int64(time) * 10_000, to: group)
      head.truncate(at: Int64(time) * 10_000)
    }
    #expect(head.snapshot.select([], from: 0, through: .max).labels == [labels(0)])
    #expect(samples(head, 0).times.last == 10_000_000)
  }

  @Test func aSeriesThatEndedBetweenAndCameBackStays() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    _ = head.row(of: labels(0), in: group)
    for time in 1...1000 {
      head.append([Cell.bits(of: 1)], at: Int64(time) * 10_000, to: group)
      if time == 5 { head.append([(0, Cell.stale)], between: 50_001, in: group) }
      head.truncate(at: Int64(time) * 10_000)
    }
    #expect(head.figures.series == 1)
    #expect(samples(head, 0).times.last == 10_000_000)
  }

  @Test func forWantOfMemoryTheOldestGoFirst() throws {
    var limits = Head.Limits()
    limits.bytes = 400_000
    var head = Head(limits: limits)
    var random = SeededRandom(seed: 1)
    var most = 0
    for name in ["a", "b"] {
      let made = head.group(name)
      let group = try #require(made)
      for number in 0..<50 {
        _ = head.row(of: Twins.labels(group: group, number: number), in: group)
      }
    }
    for time in 1...1200 {
      for group in 0..<2 {
        let column = (0..<50).map { _ in
          Cell.bits(of: Double.random(in: 0...1, using: &random))
        }
        head.append(column, at: Int64(time) * 1000, to: group)
      }
      head.truncate(at: Int64(time) * 1000)
      most = max(most, head.figures.bytes)
    }
    #expect(most <= 400_000)
    #expect(dropped(head, .memory) > 50_000)
    let oldest = [0, 1 << 32].map { samples(head, $0).times.first ?? 0 }
    #expect(abs(oldest[0] - oldest[1]) <= 64_000)
    #expect(samples(head, 0).times.last == 1_200_000)
  }
}
