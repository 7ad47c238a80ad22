import PromQL
import Signals
import TestSupport
import Testing
import WebServer

struct JSONBlocksTests {
  private func text(_ write: (inout JSONBlocks) -> Void) -> String {
    var out = JSONBlocks()
    write(&out)
    return String(decoding: out.finish().flatMap { $0 }, as: UTF8.self)
  }

  @Test(arguments: [
    (0.0, "0", "0"), (-0.0, "-0", "-0"), (1, "1", "1"), (-42, "-42", "-42"), (0.1, "0.1", "0.1"),
    (1.5, "1.5", "1.5"), (100, "100", "100"), (1e15, "1000000000000000", "1000000000000000"),
    (1e20, "100000000000000000000", "100000000000000000000"),
    (1e21, "1000000000000000000000", "1e+21"), (1.25e23, "125000000000000000000000", "1.25e+23"),
    (1e-6, "0.000001", "0.000001"), (1.5e-7, "0.00000015", "1.5e-07"),
    (-1e-10, "-0.0000000001", "-1e-10"),
    (123_456_789.125, "123456789.125", "123456789.125"),
    (9_007_199_254_740_992, "9007199254740992", "9007199254740992"),
    (
      1.7976931348623157e308, "17976931348623157" + String(repeating: "0", count: 292),
      "1.7976931348623157e+308"
    ),
    (.nan, "NaN", "NaN"), (.infinity, "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf"),
  ])
  func `numbers are written as Go writes them`(value: Double, plain: String, exponent: String) {
    #expect(text { $0.number(value, .plain) } == "\"\(plain)\"")
    #expect(text { $0.number(value, .exponent) } == "\"\(exponent)\"")
  }

  @Test func `any number reads back as itself, in both forms`() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      for form in [NumberForm.plain, .exponent] {
        let written = text { $0.number(value, form) }.dropFirst().dropLast()
        #expect(Double(String(written)) == value)
      }
      #expect(text { $0.number(value, .plain) } == "\"\(FloatText.decimal(value))\"")
    }
  }

  @Test(arguments: [
    (0, "0"), (1_435_781_451_781, "1435781451.781"), (1_000_005, "1000.005"), (60_000, "60"),
    (-1500, "-1.500"), (50, "0.050"), (Int64.min, "-9223372036854775.808"),
  ])
  func `times are seconds with three decimals or none`(milliseconds: Int64, expected: String) {
    #expect(text { $0.time(milliseconds) } == expected)
  }

  @Test func `strings are escaped where JSON wants it`() {
    let hostile = "a\"b\\c\n\r\t\u{0}\u{1f}é😀<script>\u{7f}\u{2028}"
    #expect(
      text { $0.string(hostile) }
        == #""a\"b\\c\n\r\t\u0000\u001fé😀<script>"# + "\u{7f}\u{2028}\"")
  }

  @Test func `blocks are never larger than a megabyte`() throws {
    let series = (0..<20).map { number in
      SampleSeries(
        labels: LabelSet([Label(name: "n", value: "\(number)")]),
        samples: (0..<11_000).map { Sample(time: Int64($0) * 15_000, value: 0.1) })
    }
    var writer = ResultWriter(mostBytes: .max)
    let blocks = try writer.result(QueryResult(value: .matrix(series)), of: "x", limit: nil)
    #expect(blocks.count > 5)
    #expect(blocks.allSatisfy { $0.count <= 1 << 20 })
    var small = ResultWriter(mostBytes: 1 << 20)
    #expect(throws: Problem.self) {
      try small.result(QueryResult(value: .matrix(series)), of: "x", limit: nil)
    }
  }

  @Test func `notes beyond ten of a kind are counted`() throws {
    var annotations = Annotations()
    for number in 0..<13 {
      annotations.add(
        Annotation(level: .warning, message: "PromQL warning: \(number)", range: 2..<3))
    }
    annotations.add(Annotation(level: .info, message: "PromQL info: a", range: 0..<1))
    var writer = ResultWriter(mostBytes: .max)
    let result = QueryResult(
      value: .scalar(Sample(time: 1500, value: 1e21)), annotations: annotations)
    let blocks = try writer.result(result, of: "a\nb", limit: nil)
    let text = String(decoding: blocks.flatMap { $0 }, as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"status":"success","data":{"resultType":"scalar","#
          + #""result":[1.500,"1000000000000000000000"]},"#
          + #""warnings":["PromQL warning: 0 (2:1)","#))
    #expect(
      text.contains(#""3 more warning annotations omitted"],"infos":["PromQL info: a (1:1)"]}"#))
  }
}
