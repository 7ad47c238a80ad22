import ConfigFile
import TestSupport
import Testing

struct DurationTextTests {
  @Test(
    arguments: [
      ("0", 0), ("0s", 0), ("1ms", 1), ("100ms", 100), ("30s", 30_000), ("1m30s", 90_000),
      ("1h30m", 5_400_000), ("90d", 7_776_000_000), ("1w", 604_800_000), ("1y", 31_536_000_000),
      ("1y2w3d4h5m6s7ms", 33_019_506_007), ("007s", 7000), ("100y", 3_153_600_000_000),
    ] as [(String, Int)])
  func durationsRead(text: String, milliseconds: Int) {
    #expect(Duration(prometheus: text) == .milliseconds(milliseconds))
  }

  @Test(arguments: [
    "", "s", "30", "1", "-1s", "+1s", "1.5s", "1m1h", "1s1s", "1 s", " 1s", "1s ", "1S", "1sec",
    "1us", "1ns", "1h30", "101y", "9223372036854775808ms", "999999999999999y", "１s", "1µs", "0x1s",
  ])
  func otherTextsAreNoDurations(text: String) {
    #expect(Duration(prometheus: text) == nil)
  }

  @Test(arguments: [
    ("0", "0s"), ("60s", "1m"), ("90m", "1h30m"), ("7d", "1w"), ("8d", "8d"), ("365d", "1y"),
    ("1001ms", "1s1ms"),
  ])
  func durationsAreWrittenShort(text: String, expected: String) {
    #expect(Duration(prometheus: text)?.prometheusText == expected)
  }

  @Test func whatIsWrittenReadsBack() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<2000 {
      let magnitude = Int64.random(in: 0...41, using: &random)
      let duration = Duration.milliseconds(Int64.random(in: 0...(1 << magnitude), using: &random))
      #expect(Duration(prometheus: duration.prometheusText) == duration)
    }
  }
}
