import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

@Suite struct HeadIsRestored {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func toWhatItWasAtAnyAppend(seed: UInt64) throws {
    var twins = Twins(seed: seed, isRecorded: true)
    var store = StoredRecords()
    try twins.addGroup(series: 12)
    try twins.addGroup(series: 3)
    for step in 0..<240 {
      twins.step()
      store.write(twins.head.takeRecords())
      guard step % 50 == 49 else { continue }
      let (head, report) = store.restored(at: twins.instants.last ?? 0)
      #expect(report.unreadable == 0)
      #expect(report.samples == twins.oracle.sampleCount)
      #expect(head.figures.series == report.series)
      twins.restart(head)
      expectSame(twins.head.snapshot, twins.oracle, (.min, .max))
    }
    for _ in 0..<20 { expectSame(twins.head.snapshot, twins.oracle, twins.randomWindow()) }
  }

  @Test(arguments: 1...15 as ClosedRange<UInt64>)
  func fromDamagedRecordsAsFarAsTheyGo(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var twins = Twins(seed: seed, isRecorded: true)
    var store = StoredRecords()
    try twins.addGroup(series: 12)
    try twins.addGroup(series: 5)
    for _ in 0..<100 {
      twins.step()
      store.write(twins.head.takeRecords())
    }
    let hit = try #require(
      store.pieces.keys.filter { $0.group == 0 }.sorted().randomElement(using: &random))
    damage(&store, hit, &random)
    let (head, _) = store.restored(at: twins.instants.last ?? 0)
    // The other group is whole, and of this one all that was before the damaged block.
    let other = try #require(store.pieces.filter { $0.key.group == 1 }.values.map(\.time).max())
    expectSame(
      Only(head.snapshot, group: 1), Only(twins.oracle, group: 1), after: .min, through: other)
    let whole = store.pieces.filter { $0.key.group == 0 && $0.key.block < hit.block }
    let before = whole.values.map(\.time).max() ?? .min
    expectSame(
      Only(head.snapshot, group: 0), Only(twins.oracle, group: 0), after: .min, through: before)
    var next = head
    let same = next.group("group 0")
    #expect(same == 0)
    let isAppended = next.append([Cell.bits(of: 1)], at: (twins.instants.last ?? 0) + 60_001, to: 0)
    #expect(isAppended)
  }

  private func damage(
    _ store: inout StoredRecords, _ hit: StoredRecords.Key, _ random: inout SeededRandom
  ) {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: store.pieces[hit] = nil
    case 1: store.pieces[hit]?.payload.removeLast()
    case 2:
      store.pieces[hit]?.payload = (0..<50).map { _ in .random(in: 0 ... .max, using: &random) }
    case 3: store.pieces[hit]?.time = .random(in: .min ... .max, using: &random)
    default:
      guard let count = store.pieces[hit]?.payload.count, count > 0 else { return }
      let place = Int.random(in: 0..<count, using: &random)
      store.pieces[hit]?.payload[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
    }
  }

  @Test func withoutWhatTheClockHadWrittenBeforeItWasSetBack() throws {
    var head = Head(limits: .init(), isRecorded: true)
    var store = StoredRecords()
    let made = head.group("g")
    let group = try #require(made)
    _ = head.row(of: LabelSet([Label(name: "__name__", value: "a")]), in: group)
    func appendAll(_ times: ClosedRange<Int>) {
      for time in times {
        head.rewind(to: Int64(time) * 10_000)
        head.append([Cell.bits(of: Double(time))], at: Int64(time) * 10_000, to: group)
        store.write(head.takeRecords())
      }
    }
    appendAll(1...100)
    appendAll(70...80)
    let (restored, report) = store.restored(at: 1_000_000)
    #expect(report.unreadable == 0)
    var samples = SampleBuffer()
    restored.snapshot.read(series: 0, after: .min, through: .max, into: &samples)
    #expect(samples.values == (Array(1...64) + Array(70...80)).map(Double.init))
  }

  @Test func aBlockThatWasOfNoUseIsNotGoneOnWith() throws {
    var head = Head(limits: .init(), isRecorded: true)
    var store = StoredRecords()
    let made = head.group("g")
    let group = try #require(made)
    _ = head.row(of: LabelSet([Label(name: "__name__", value: "a")]), in: group)
    for time in 101...110 {
      head.append([Cell.bits(of: Double(time))], at: Int64(time) * 10_000, to: group)
    }
    store.write(head.takeRecords())
    // The agent starts again with a clock that is behind, and again when it has caught up.
    var (restored, report) = store.restored(at: 500_000)
    #expect(report.unreadable == 10)
    for time in 50...53 {
      restored.append([Cell.bits(of: Double(time))], at: Int64(time) * 10_000, to: group)
    }
    store.write(restored.takeRecords())
    (restored, report) = store.restored(at: 1_200_000)
    var samples = SampleBuffer()
    restored.snapshot.read(series: 0, after: .min, through: .max, into: &samples)
    #expect(samples.values == [50, 51, 52, 53])
    #expect(samples.times == [500_000, 510_000, 520_000, 530_000])
  }

  @Test func withSeriesAndGroupsThatMakeNoSense() {
    var restorer = Head.Restorer(limits: .init(), now: 0)
    let labels = LabelSet([Label(name: "__name__", value: "a")])
    let piece = SamplePiece(kind: .slot, time: 1, payload: [0, 1])
    for record: SampleRecord in [
      .group(id: -1, name: "a"), .group(id: .max, name: "a"), .series(group: 3, row: 0, labels),
      .series(group: 0, row: -1, labels), .series(group: 0, row: .max, labels),
      .piece(group: 9, block: 0, place: 0, piece), .piece(group: 0, block: -1, place: 0, piece),
      .piece(group: 0, block: .max, place: 0, piece), .dropped(group: 0, before: 1), .restarted,
    ] {
      restorer.add(record)
    }
    #expect(restorer.report.unreadable == 10)
    let head = restorer.finish()
    #expect(head.figures.series == 0)
  }

  @Test func withoutAStaleMarkerForWhatIsMissingAfterTheGap() throws {
    var head = Head(isRecorded: true)
    var store = StoredRecords()
    let made = head.group("g")
    let group = try #require(made)
    let rows = (0..<2).compactMap { number in
      head.row(of: Twins.labels(group: 0, number: number), in: group)
    }
    #expect(rows == [0, 1])
    head.append([1, 2].map { Cell.bits(of: $0) }, at: 1000, to: group)
    store.write(head.takeRecords())
    var restored = store.restored(at: 2000).0
    restored.append([Cell.bits(of: 1)], at: 60_000, to: group)
    restored.append([Cell.absent], at: 75_000, to: group)
    var first = SampleBuffer()
    var second = SampleBuffer()
    restored.snapshot.read(series: 0, after: 0, through: 100_000, into: &first)
    restored.snapshot.read(series: 1, after: 0, through: 100_000, into: &second)
    #expect(first.times == [1000, 60_000, 75_000])
    #expect(first.values.last?.isStaleMarker == true)
    #expect(second.times == [1000])
  }

  @Test func afterRecordsWereLostOnTheWay() throws {
    var twins = Twins(seed: 5, isRecorded: true)
    var store = StoredRecords()
    try twins.addGroup(series: 6)
    for step in 0..<60 {
      twins.step()
      let records = twins.head.takeRecords()
      // The disk is full for a while; the series that began in it are told of again.
      if (20..<30).contains(step) {
        twins.head.restartRecords()
        continue
      }
      store.write(records)
    }
    let (head, report) = store.restored(at: twins.instants.last ?? 0)
    #expect(report.unreadable == 0)
    let full = twins.head.snapshot.select([], from: .min, through: .max)
    #expect(head.snapshot.select([], from: .min, through: .max).labels == full.labels)
    let since = twins.instants[29]
    expectSame(
      Only(head.snapshot, group: 0), Only(twins.oracle, group: 0), after: since, through: .max)
    expectSame(
      Only(head.snapshot, group: 0), Only(twins.oracle, group: 0), after: .min,
      through: twins.instants[19])
  }
}

/// The series of one group.
private struct Only<Source: SampleSource>: SampleSource {
  let source: Source
  let name: Matcher

  init(_ source: Source, group: Int) {
    self.source = source
    name = Matcher("__name__", equals: "metric_\(group)")
  }

  func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList {
    source.select(matchers + [name], from: from, through: through)
  }
  func read(series: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer) {
    source.read(series: series, after: after, through: through, into: &buffer)
  }
}

private func expectSame(
  _ one: some SampleSource, _ other: some SampleSource, after: Int64, through: Int64
) {
  let mine = one.select([], from: .min, through: .max)
  let theirs = other.select([], from: .min, through: .max)
  for (labels, handle) in zip(theirs.labels, theirs.handles) {
    var wanted = SampleBuffer()
    var found = SampleBuffer()
    other.read(series: handle, after: after, through: through, into: &wanted)
    if let place = mine.labels.firstIndex(of: labels) {
      one.read(series: mine.handles[place], after: after, through: through, into: &found)
    }
    if !found.isSame(as: wanted) { Issue.record("\(labels) until \(through)") }
  }
}
