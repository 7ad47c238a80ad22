import PromQL
import SampleStore
import Testing

struct SeriesVersionTests {
  private static func named(_ name: String) -> [Matcher] { [Matcher("__name__", equals: name)] }

  private static func add(_ labels: LabelSet, to head: inout Head, in group: String) throws {
    let number = head.group(group)
    let row = head.row(of: labels, in: try #require(number))
    #expect(row != nil)
  }

  @Test func aNewSeriesIsNewsForSelectorsOfItsMetricOnly() throws {
    var head = Head()
    try Self.add(["__name__": "up", "mcp": "a"], to: &head, in: "up")
    try Self.add(["__name__": "down", "mcp": "a"], to: &head, in: "down")
    let (up, down, any) = (Self.named("up"), Self.named("down"), [Matcher]())
    let either = [try Matcher("__name__", .matches, "up|down")]
    let before = head.snapshot

    try Self.add(["__name__": "up", "mcp": "b"], to: &head, in: "another")
    let after = head.snapshot
    #expect(after.seriesVersion(of: up) != before.seriesVersion(of: up))
    #expect(after.seriesVersion(of: either) != before.seriesVersion(of: either))
    #expect(after.seriesVersion(of: any) != before.seriesVersion(of: any))
    #expect(after.seriesVersion(of: down) == before.seriesVersion(of: down))
    #expect(head.snapshot.seriesVersion(of: up) == after.seriesVersion(of: up))
  }

  @Test func aMetricThatComesIsNews() throws {
    var head = Head()
    let before = head.snapshot.seriesVersion(of: Self.named("up"))
    try Self.add(["__name__": "up"], to: &head, in: "up")
    #expect(head.snapshot.seriesVersion(of: Self.named("up")) != before)
  }

  @Test func aSeriesThatGoesIsNews() throws {
    var limits = Head.Limits()
    limits.retention = 1000
    var head = Head(limits: limits)
    let made = head.group("up")
    let group = try #require(made)
    let found = head.row(of: ["__name__": "up"], in: group)
    let row = try #require(found)
    var column = Column(repeating: Cell.absent, count: row + 1)
    column[row] = Cell.bits(of: 1)
    head.append(column, at: 0, to: group)
    for time in 1...200 { head.append(Column(), at: Int64(time), to: group) }
    let before = head.snapshot.seriesVersion(of: Self.named("up"))
    head.truncate(at: 1_000_000)
    #expect(head.snapshot.seriesVersion(of: Self.named("up")) != before)
  }
}
