import Testing
import WebServer

struct QueryParameterTests {
  @Test(arguments: [
    ("0", 0), ("1435781451.781", 1_435_781_451_781), ("-1.5", -1500), ("1e3", 1_000_000),
    ("0.0005", 1), ("1e300", 9_007_199_254_740_992), ("-1e300", -9_007_199_254_740_992),
    ("1970-01-01T00:00:00Z", 0), ("2015-07-01T20:10:51.781Z", 1_435_781_451_781),
    ("2015-07-01T20:10:51.781999Z", 1_435_781_451_781),
    ("2015-07-01T22:10:51.781+02:00", 1_435_781_451_781),
    ("2015-07-01t15:40:51-04:30", 1_435_781_451_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
    ("-292273086-05-16T16:47:06Z", -9_007_199_254_740_992),
    ("292277025-08-18T07:12:54.999999999Z", 9_007_199_254_740_992),
  ])
  func `a time is seconds or RFC 3339`(text: String, milliseconds: Int64) {
    #expect(TimeParameter.time(text) == milliseconds)
  }

  @Test(arguments: [
    "", "abc", "NaN", "inf", "-Inf", "1h", "2015-07-01", "2015-07-01T20:10:51",
    "2015-13-01T00:00:00Z",
    "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2015-07-01T24:00:00Z", "2015-07-01T20:10:51.Z",
    "2015-07-01T20:10:51+2:00", "2015-07-01T20:10:51Zx", "2015-00-01T00:00:00Z", " 1",
    "2015-07-01T20:60:51Z", "2015-07-01T20:10:60Z", "2015-07-00T20:10:51Z", "1 ", "١",
  ])
  func `anything else is no time`(text: String) {
    #expect(TimeParameter.time(text) == nil)
  }

  @Test(arguments: [
    ("15", 15_000), ("0.5", 500), ("1.5e1", 15_000), ("30s", 30_000), ("1h30m", 5_400_000),
    ("100ms", 100), ("1y1w1d", 32_227_200_000), ("0s", 0), ("-5", -5000), ("5m0s", 300_000),
  ])
  func `a duration is seconds or has units`(text: String, milliseconds: Int64) {
    #expect(TimeParameter.duration(text) == milliseconds)
  }

  @Test(arguments: [
    "", "s", "1m1h", "1s1s", "-5m", "1.5m", "1 h", "5M", "99999999999999999999y", "9999999999y",
    "nan", "1h-",
  ])
  func `anything else is no duration`(text: String) {
    #expect(TimeParameter.duration(text) == nil)
  }

  @Test(arguments: [
    ("job", "job"), ("U__job", "job"), ("U__a_2e_b", "a.b"), ("U__a__b", "a_b"),
    ("U___e9_", "é"), ("U___1f600_", "😀"), ("U__", ""), ("U__a_2e", "U__a_2e"),
    ("U__a_zz_", "U__a_zz_"), ("U__a_d800_", "U__a_d800_"), ("U__a_", "U__a_"),
    ("U___000041_", "U___000041_"), ("u__a_2e_b", "u__a_2e_b"), ("a_2e_b", "a_2e_b"),
    ("U__a_", "U__a_"),
  ])
  func `a name in a path may be escaped`(text: String, name: String) {
    #expect(EscapedName.unescaped(text) == name)
  }

  @Test func `a form comes before the URL, and names may come again`() throws {
    let target = try #require(RequestTarget("/x?a=1&b=u%20v&match[]=x&a=2&c"))
    let parameters = try QueryParameters(target: target, form: Array("a=0&match%5B%5D=y+z".utf8))
    #expect(parameters["a"] == "0")
    #expect(parameters.all("a") == ["0", "1", "2"])
    #expect(parameters["b"] == "u v")
    #expect(parameters.all("match[]") == ["y z", "x"])
    #expect(parameters["c"] == "")
    #expect(parameters.all("none") == [])
  }

  @Test(arguments: ["a=%", "a=%zz", "a=%00", "%ff=1", String(repeating: "a&", count: 1001)])
  func `a broken or huge form is bad data`(form: String) throws {
    let target = try #require(RequestTarget("/x"))
    #expect(throws: Problem.self) {
      try QueryParameters(target: target, form: Array(form.utf8))
    }
    #expect(throws: Problem.self) { try QueryParameters(target: target, form: [0xff]) }
  }
}
