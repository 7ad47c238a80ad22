import Signals
import Testing

private func printed(_ value: MetricValue) -> String {
  var bytes: [UInt8] = []
  value.append(to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

@Test(arguments: [
  (MetricValue.whole(0 as Int64), "0"), (.whole(42 as Int64), "42"),
  (.whole(-7 as Int64), "-7"), (.whole(Int64.min), "-9223372036854775808"),
  (.whole(UInt64.max), "9223372036854775807"), (.milliseconds(0), "0"),
  (.milliseconds(1), "0.001"), (.milliseconds(1500), "1.5"), (.milliseconds(-1500), "-1.5"),
  (.milliseconds(1_800_000_000_000), "1800000000"),
  (.milliseconds(1_800_000_000_123), "1800000000.123"), (.microseconds(1), "0.000001"),
  (.microseconds(10), "0.00001"), (.microseconds(2_500_000), "2.5"),
  (.microseconds(.max), "9223372036854.775807"),
]) func `numbers are printed whole or with the decimals they need`(
  value: MetricValue, text: String
) {
  #expect(printed(value) == text)
}

@Test func `every fixed-point text reads back as the nearest double of its value`() {
  var number: Int64 = 1
  for step in 0..<4000 {
    #expect(Double(printed(.microseconds(number))) == Double(number) / 1e6)
    #expect(Double(printed(.milliseconds(number))) == Double(number) / 1e3)
    number =
      (number &* 6_364_136_223_846_793_005 &+ Int64(step)).magnitude % (1 << 53) > 0
      ? Int64((number &* 6_364_136_223_846_793_005 &+ Int64(step)).magnitude % (1 << 53)) : 1
  }
}

@Test func `label values are escaped`() {
  var bytes: [UInt8] = []
  ExpositionText.appendEscaped("a\"b\\c\nd é", to: &bytes)
  #expect(String(decoding: bytes, as: UTF8.self) == #"a\"b\\c\nd é"#)
}

private func page(_ format: ExpositionFormat) -> String {
  var text: [UInt8] = []
  withoutActuallyEscaping({ text.append(contentsOf: $0) }) { write(format, to: $0) }
  return String(decoding: text, as: UTF8.self)
}

private func write(_ format: ExpositionFormat, to sink: @escaping ([UInt8]) -> Void) {
  var out = ExpositionWriter(format: format, sink: sink)
  out.begin(MetricFamily("things_total", .counter, "Things seen."))
  out.setLabels(Array(#"mcp="a""#.utf8))
  out.sample(.whole(3 as Int64))
  out.sample(.whole(4 as Int64), label: Array(#"kind="b""#.utf8))
  out.begin(MetricFamily("nothing", .gauge, "Never sampled."))
  out.begin(MetricFamily("wait_seconds", .gauge, "Waiting."))
  out.setLabels([])
  out.sample(.microseconds(1500))
  out.finish()
}

@Test func `the text format names a counter with its suffix and leaves empty families out`() {
  #expect(
    page(.text004) == """
      # HELP things_total Things seen.
      # TYPE things_total counter
      things_total{mcp="a"} 3
      things_total{mcp="a",kind="b"} 4
      # HELP wait_seconds Waiting.
      # TYPE wait_seconds gauge
      wait_seconds 0.0015

      """)
}

@Test func `OpenMetrics declares a counter without its suffix and says where the page ends`() {
  #expect(
    page(.openMetrics100) == """
      # HELP things Things seen.
      # TYPE things counter
      things_total{mcp="a"} 3
      things_total{mcp="a",kind="b"} 4
      # HELP wait_seconds Waiting.
      # TYPE wait_seconds gauge
      wait_seconds 0.0015
      # EOF

      """)
}

@Test func `blocks end only where they may`() {
  var blocks: [[UInt8]] = []
  withoutActuallyEscaping({ blocks.append($0) }) { sink in
    var out = ExpositionWriter(format: .text004, blockSize: 30, sink: sink)
    out.begin(MetricFamily("a", .gauge, "A."))
    for number in 0..<20 as Range<Int64> {
      out.sample(.whole(number))
      if number % 10 == 9 { out.breakBlock() }
    }
    out.finish()
  }
  #expect(blocks.count == 2)
  #expect(blocks.allSatisfy { $0.last == UInt8(ascii: "\n") })
  #expect(blocks.joined().split(separator: UInt8(ascii: "\n")).count == 22)
}
