import Patterns
import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

@Suite struct HeadSelects {
  @Test func whatTheMatchersSayInTheOrderOfLabels() throws {
    var head = Head()
    var oracle = MemorySource()
    for group in 0..<3 {
      let made = head.group("g\(group)")
      #expect(made == group)
      for number in 0..<60 {
        let labels = Twins.labels(group: group, number: (number * 37) % 60)
        _ = head.row(of: labels, in: group)
        oracle.append(labels, time: 1, value: 1)
      }
    }
    var random = SeededRandom(seed: 3)
    let all: [Matcher] = try [
      Matcher("__name__", equals: "metric_1"), Matcher("__name__", equals: "metric_9"),
      Matcher("mcp", equals: "mcp-3"), Matcher("mcp", equals: "mcp-3", negated: true),
      Matcher("state", equals: ""), Matcher("state", equals: "", negated: true),
      Matcher("state", .matches, "open|"), Matcher("state", .doesNotMatch, "open"),
      Matcher("mcp", .matches, "mcp-[1-4]"), Matcher("nothing", equals: ""),
      Matcher("nothing", .matches, ".+"), Matcher("number", .doesNotMatch, "[0-3].*"),
      Matcher("number", equals: "17"),
    ]
    for _ in 0..<100 {
      let count = Int.random(in: 0...3, using: &random)
      let matchers = (0..<count).compactMap { _ in all.randomElement(using: &random) }
      let found = head.snapshot.select(matchers, from: 0, through: 1)
      #expect(found.labels == oracle.select(matchers, from: 0, through: 1).labels, "\(matchers)")
      #expect(Set(found.handles).count == found.count)
    }
  }

  @Test func byBytesNotByCharacters() throws {
    var head = Head()
    let made = head.group("g")
    let group = try #require(made)
    // One letter in two spellings.
    let spellings = ["\u{e9}", "e\u{301}"].map {
      LabelSet([Label(name: "__name__", value: "a"), Label(name: "b", value: $0)])
    }
    for labels in spellings { _ = head.row(of: labels, in: group) }
    for labels in spellings {
      let matchers = [Matcher("b", equals: labels["b"] ?? "")]
      #expect(head.snapshot.select(matchers, from: 0, through: 1).labels == [labels])
    }
  }

  @Test func nothingForHandlesThatAreNone() {
    let snapshot = Head().snapshot
    var buffer = SampleBuffer()
    for handle in [-1, 0, 5, .max] {
      snapshot.read(series: handle, after: 0, through: 9, into: &buffer)
    }
    var times: [Int64] = []
    var values: [Double] = []
    #expect(snapshot.latest([-1, 7], after: 0, through: 9, times: &times, values: &values))
    #expect(values.allSatisfy { $0.isStaleMarker } && values.count == 2)
  }
}
