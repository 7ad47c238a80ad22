import PromQL
import PromQLTesting
import Signals
import Testing

/// `name{label="value"} 1 2+3x4 _ stale`
@Suite struct SeriesDescriptions {
  private typealias Value = SeriesDescription.Value

  @Test(
    arguments: [
      ("foo", "foo", []), ("foo 1 2 3", "foo", [1, 2, 3]), ("foo{} 1", "foo", [1]),
      ("foo  1\t 2 ", "foo", [1, 2]), ("{} 1", "{}", [1]), ("a:b 1", "a:b", [1]),
      (#"foo{b="2", a='1'} 1"#, #"foo{a="1", b="2"}"#, [1]), (#"foo{a=""} 1"#, "foo", [1]),
      (#"{"x.y", a=`\d`} 1"#, #"{__name__="x.y", a="\\d"}"#, [1]),
      (#"{"a b"="c"} 1"#, #"{"a b"="c"}"#, [1]),
      ("sum{by=\"x\"} 1", #"sum{by="x"}"#, [1]), ("foo{a='#'} 1", "foo{a=\"#\"}", [1]),
      ("foo 1x3", "foo", [1, 1, 1, 1]), ("foo 1+2x3 9", "foo", [1, 3, 5, 7, 9]),
      ("foo 1-2x2", "foo", [1, -1, -3]), ("foo -1--2x1", nil, []), ("foo 1x0", "foo", [1]),
      ("foo 1+-1x2", nil, []), ("foo 1e2 1e-2+1e-2x1", "foo", [100, 0.01, 0.02]),
      ("foo +1 -Inf inf", "foo", [1, -Double.infinity, .infinity]), ("foo 1m", "foo", [60]),
      ("foo _ 1 _x2 2", "foo", [nil, 1, nil, nil, 2]), ("foo _x0 1", "foo", [1]),
      ("foo 1 +2", "foo", [1, 2]), ("foo 010 1_0", "foo", [8, 10]),
      ("foo 1+1", nil, []), ("foo _+1x2", nil, []), ("foo 1x", nil, []), ("foo 1x-1", nil, []),
      ("foo 1x1.5", nil, []), ("foo bar", nil, []), ("foo{a=b} 1", nil, []), ("foo{a} 1", nil, []),
      ("foo{a='b' 1", nil, []), ("1 2", nil, []), ("foo 1x99999999999999999999", nil, []),
      ("foo 1x100000", nil, []), ("", nil, []),
    ] as [(String, String?, [Double?])])
  func isReadAsInPrometheus(text: String, labels: String?, values: [Double?]) throws {
    guard let labels else {
      #expect(throws: SeriesError.self) { try SeriesDescription(parsing: text) }
      return
    }
    let series = try SeriesDescription(parsing: text)
    #expect(series.labels.description == labels)
    #expect(series.values == values.map { $0.map { Value.number($0) } ?? .gap })
    #expect(!series.hasHistogram)
  }

  @Test func markersAndNaNAreTwoThings() throws {
    let values = try SeriesDescription(parsing: "foo stale NaN -nan stalex1").values
    let bits = values.map { value -> UInt64? in
      if case .number(let number) = value { number.bitPattern } else { nil }
    }
    let nan = Double.nan.bitPattern
    #expect(bits == [StaleMarker.bits, nan, nan, StaleMarker.bits, StaleMarker.bits])
  }

  @Test(arguments: [
    "foo {{}}", "foo{a='b'} 1 {{schema:1 buckets:[1 2]}}x3", "{} {{sum:1}}+{{sum:1}}x2",
  ])
  func histogramsAreSeenAndNotRead(text: String) throws {
    let series = try SeriesDescription(parsing: text)
    #expect(series.hasHistogram)
    #expect(series.values == [])
  }

  @Test func errorsAreInPrometheusWords() {
    let error = #expect(throws: SeriesError.self) {
      try SeriesDescription(parsing: "{\"http.requests\"xx}\t\t0+50x2")
    }
    #expect(
      error?.message
        == #"parse error: unexpected identifier "xx" in label set, expected "," or "}""#)
  }
}
