import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

private let names = ["", "weather", "日本", String(repeating: "n", count: 300)]

private func randomRows(_ count: Int, seed: UInt64) -> [FeedRow] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { number in
    random.feedRow(of: names, sequence: UInt64(number) &* 0x1_0000_0001)
  }
}

/// An MCP that went down, with every part.
private func example() -> FeedRow {
  var state = FeedState(at: Timestamp(milliseconds: 1_000_000), health: .circuitOpen)
  state.lastCheck = Timestamp(milliseconds: 999_999)
  state.errors = 1
  state.circuit = .open
  state.consecutiveFailures = 5
  state.failureCycles = 2
  state.lastRecoveryAttempt = Timestamp(milliseconds: 999_998)
  state.downtime.total = .milliseconds(300)
  state.downtime.since = Timestamp(milliseconds: 999_000)
  state.autoDisabledReason = "no"
  let log = FeedLog(
    sequence: 300, timestamp: Timestamp(milliseconds: 1_000_000), type: .circuitOpened,
    status: .circuitOpen, responseTime: .milliseconds(12), outcome: .connectRefused,
    detail: "é", data: [Label(name: "a", value: "b")])
  let tools = [ToolListing(name: "t", description: "d", inputSchema: "{}"), ToolListing(name: "")]
  return FeedRow(mcp: "mcp", log: log, state: state, tools: tools)
}

@Suite struct FeedCoderTests {
  @Test func rowsComeBackAsTheyWere() {
    let rows = randomRows(10_000, seed: 1)
    #expect(FeedCoder.rows(from: FeedCoder.bytes(of: rows)) == rows)
    #expect(FeedCoder.rows(from: FeedCoder.bytes(of: [])) == [])
  }

  @Test func theEndsOfTheNumbersComeBack() {
    var row = FeedRow(mcp: "edge")
    for end in [Int64.min, Int64.max] {
      let time = Timestamp(milliseconds: end)
      row.log = FeedLog(
        sequence: .max, timestamp: time, type: .connected, status: .unknown,
        responseTime: .milliseconds(end))
      row.state = FeedState(at: time, health: .healthy)
      row.state?.errors = Int(end)
      row.state?.lastCheck = Timestamp(milliseconds: ~end)
      row.state?.downtime.total = .milliseconds(end)
      row.state?.downtime.since = Timestamp(milliseconds: 0)
      #expect(FeedCoder.rows(from: FeedCoder.bytes(of: [row])) == [row])
    }
  }

  @Test func theFormOnDiskStaysWhatItIs() {
    let bytes: [UInt8] = [
      1,  // version
      7, 3, 109, 99, 112,  // log, state, tools of "mcp"
      15, 8, 3, 0xac, 2, 0x80, 0x89, 0x7a, 24, 4,  // flags, type, status, 300, time, 12 ms, refused
      2, 0xc3, 0xa9, 1, 1, 97, 1, 98,  // "é", one pair: "a", "b"
      15, 3, 2, 0, 2, 10, 4, 0xd8, 4,  // flags, health, circuit, at, numbers
      1, 3, 0xcf, 0xf, 2, 110, 111,  // times from `at`, "no"
      2, 3, 1, 116, 1, 100, 2, 123, 125, 0, 0,  // two tools
    ]
    #expect(FeedCoder.bytes(of: [example()]) == bytes)
    #expect(FeedCoder.rows(from: bytes) == [example()])
  }

  @Test func everyMemberHasANumberOfItsOwn() {
    let logs = HealthEventType.allCases.map { type in
      FeedLog(sequence: 1, timestamp: Timestamp(milliseconds: 0), type: type, status: .healthy)
    }
    let outcomes = ProbeOutcome.allCases.map { outcome in
      FeedLog(
        sequence: 1, timestamp: Timestamp(milliseconds: 0), type: .connected, status: .healthy,
        outcome: outcome)
    }
    let rows = (logs + outcomes).map { FeedRow(mcp: "m", log: $0) }
    #expect(FeedCoder.rows(from: FeedCoder.bytes(of: rows)) == rows)
  }

  @Test func bytesCutOffAreNoRowsOrTheRowsBefore() {
    let rows = Array(randomRows(40, seed: 2)) + [example()]
    let bytes = FeedCoder.bytes(of: rows)
    for end in 0..<bytes.count {
      if let read = FeedCoder.rows(from: Array(bytes[..<end])) {
        #expect(read.count < rows.count && read.elementsEqual(rows.prefix(read.count)))
      }
    }
  }

  @Test func damagedBytesNeverTrap() {
    let bytes = FeedCoder.bytes(of: randomRows(20, seed: 3) + [example()])
    var random = SeededRandom(seed: 4)
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      _ = FeedCoder.rows(from: damaged)
    }
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...60, using: &random)
      let noise = [1] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = FeedCoder.rows(from: noise)
    }
  }

  @Test(
    arguments: [
      [], [0], [2], [1, 8, 0], [1, 0], [1, 0, 0x80], [1, 1, 0, 16],
      [1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
      [1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [1, 4, 0, 0xff, 0xff, 0xff, 0xff, 7],
      [1, 0, 1, 0xff],
    ] as [[UInt8]])
  func whatIsNoChunkIsRefused(bytes: [UInt8]) {
    #expect(FeedCoder.rows(from: bytes) == nil)
  }

  @Test func theRowsBeforeTheDamageCanBeRead() {
    let rows = randomRows(3, seed: 5)
    var cursor = FeedCursor(FeedCoder.bytes(of: rows) + [255])
    var read = 0
    while cursor.advance() { read += 1 }
    #expect(read == rows.count && cursor.isDamaged)
    let goesOn = cursor.advance()
    #expect(!goesOn)
  }
}
