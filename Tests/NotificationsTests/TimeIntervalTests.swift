import ConfigFile
import Notifications
import Signals
import TestSupport
import Testing

@Suite struct TimeIntervals {
  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var interval: TimeInterval
    var inside: [String]
    var outside: [String]

    var testDescription: String { what }
  }

  static func interval(_ zone: String = "UTC", _ fill: (inout TimeInterval) -> Void) -> TimeInterval
  {
    var interval = TimeInterval()
    interval.zone = TimeZones.rules(named: zone) ?? .utc
    fill(&interval)
    return interval
  }

  static let cases = [
    Case(
      what: "no ranges: always", interval: interval { _ in },
      inside: ["1970-01-01T00:00:00Z", "2026-11-30T12:00:00Z"], outside: []),
    Case(
      what: "times: the end is excluded", interval: interval { $0.times = [540..<1020] },
      inside: ["2026-11-30T09:00:00Z", "2026-11-30T16:59:59Z"],
      outside: ["2026-11-30T08:59:59Z", "2026-11-30T17:00:00Z"]),
    Case(
      what: "until 24:00: the day's last minute too",
      interval: interval { $0.times = [1320..<1440] },
      inside: ["2026-11-30T22:00:00Z", "2026-11-30T23:59:59.999Z"],
      outside: ["2026-12-01T00:00:00Z", "2026-11-30T21:59:59Z"]),
    Case(
      what: "weekdays, from Sunday, 0", interval: interval { $0.weekdays = [1...5] },
      inside: ["2026-11-30T00:00:00Z", "2026-12-04T23:59:59Z"],
      outside: ["2026-11-29T23:59:59Z", "2026-12-05T00:00:00Z"]),
    Case(
      what: "the last three days of a month",
      interval: interval { $0.daysOfMonth = [.init(first: -3, last: -1)] },
      inside: ["2026-02-26T00:00:00Z", "2026-02-28T23:59:59Z", "2028-02-29T12:00:00Z"],
      outside: ["2026-02-25T23:59:59Z", "2028-02-26T12:00:00Z", "2026-03-01T00:00:00Z"]),
    Case(
      what: "from the 29th to the 31st: none in a February of 28 days",
      interval: interval { $0.daysOfMonth = [.init(first: 29, last: 31)] },
      inside: ["2026-01-29T00:00:00Z", "2028-02-29T00:00:00Z", "2026-04-30T00:00:00Z"],
      outside: ["2026-02-28T00:00:00Z", "2026-01-28T00:00:00Z"]),
    Case(
      what: "from the 20th to the last but one",
      interval: interval { $0.daysOfMonth = [.init(first: 20, last: -2)] },
      inside: ["2026-02-20T00:00:00Z", "2026-02-27T00:00:00Z", "2026-01-30T00:00:00Z"],
      outside: ["2026-02-28T00:00:00Z", "2026-02-19T00:00:00Z"]),
    Case(
      what: "31 days before the end: the whole of any month",
      interval: interval { $0.daysOfMonth = [.init(first: -31, last: -1)] },
      inside: ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"], outside: []),
    Case(
      what: "months and years",
      interval: interval { ($0.months, $0.years) = ([1...3, 12...12], [2026...2027]) },
      inside: ["2026-01-01T00:00:00Z", "2027-03-31T23:59:59Z", "2026-12-01T00:00:00Z"],
      outside: ["2025-12-31T23:59:59Z", "2026-04-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
    Case(
      what: "all kinds at once",
      interval: interval { ($0.times, $0.weekdays) = ([0..<60, 120..<180], [6...6]) },
      inside: ["2026-12-05T00:30:00Z", "2026-12-05T02:30:00Z"],
      outside: ["2026-12-05T01:30:00Z", "2026-12-06T00:30:00Z"]),
    Case(
      what: "Berlin: in the hour that is skipped the clock shows none of it",
      interval: interval("Europe/Berlin") { $0.times = [120..<180] },
      inside: ["2026-03-28T01:00:00Z", "2026-03-30T00:30:00Z"],
      outside: ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]),
    Case(
      what: "Berlin: the hour that comes twice counts twice",
      interval: interval("Europe/Berlin") { $0.times = [120..<180] },
      inside: [
        "2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z",
        "2026-10-25T01:59:59Z",
      ],
      outside: ["2026-10-24T23:59:59Z", "2026-10-25T02:00:00Z"]),
    Case(
      what: "Sydney: its Monday begins on our Sunday",
      interval: interval("Australia/Sydney") { $0.weekdays = [1...1] },
      inside: ["2026-11-29T13:00:00Z", "2026-07-12T14:00:00Z"],
      outside: ["2026-11-29T12:59:59Z", "2026-07-12T13:59:59Z"]),
    Case(
      what: "Kathmandu: 5:45 ahead",
      interval: interval("Asia/Kathmandu") { $0.times = [0..<15] },
      inside: ["2026-11-29T18:15:00Z"], outside: ["2026-11-29T18:14:59Z", "2026-11-29T18:30:00Z"]),
    Case(
      what: "Los Angeles: another year",
      interval: interval("America/Los_Angeles") { $0.years = [2026...2026] },
      inside: ["2027-01-01T07:59:59Z"], outside: ["2027-01-01T08:00:00Z", "2026-01-01T07:59:59Z"]),
    Case(
      what: "Berlin in 2090, beyond the file's table",
      interval: interval("Europe/Berlin") { $0.times = [720..<721] },
      inside: ["2090-07-01T10:00:00Z", "2090-12-01T11:00:00Z"],
      outside: ["2090-07-01T11:00:00Z", "2090-12-01T10:00:00Z"]),
  ]

  @Test(arguments: cases) func whatIsInside(_ tested: Case) throws {
    for text in tested.inside {
      #expect(tested.interval.contains(try #require(RFC3339.timestamp(text))), "\(text)")
    }
    for text in tested.outside {
      #expect(!tested.interval.contains(try #require(RFC3339.timestamp(text))), "\(text)")
    }
  }

  @Test func aListHasWhatOneOfItsIntervalsHas() {
    let noon = Timestamp(milliseconds: 12 * 3_600_000)
    let morning = Self.interval { $0.times = [0..<720] }
    let afternoon = Self.interval { $0.times = [720..<1440] }
    #expect(![morning].contain(noon))
    #expect([morning, afternoon].contain(noon))
    #expect(![TimeInterval]().contain(noon))
  }
}
