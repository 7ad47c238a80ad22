import Signals
import Testing

@Test(arguments: [
  (0 as Int64, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
  (1_800_000_000_000, "2027-01-15T08:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
  (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
  (Int64.min, "0000-01-01T00:00:00.000Z"),
]) func `timestamps are written as RFC 3339`(milliseconds: Int64, text: String) {
  #expect(RFC3339.string(Timestamp(milliseconds: milliseconds)) == text)
}

@Test(arguments: [
  ("1970-01-01T00:00:00Z", 0 as Int64?), ("2000-02-29t12:34:56.789999z", 951_827_696_789),
  ("1969-12-31T23:59:59.9Z", -100), ("2027-01-15T09:30:00+01:30", 1_800_000_000_000),
  ("2027-01-15T07:00:00-01:00", 1_800_000_000_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
  ("2001-02-29T00:00:00Z", nil), ("2000-13-01T00:00:00Z", nil), ("2000-01-01T24:00:00Z", nil),
  ("2000-01-01 00:00:00Z", nil), ("2000-01-01T00:00:00", nil), ("2000-01-01T00:00:00.Z", nil),
  ("2000-01-01T00:00:00+1:00", nil), ("2000-01-01T00:00:00Z ", nil), ("", nil), ("-1", nil),
]) func `timestamps of RFC 3339 are read`(text: String, milliseconds: Int64?) {
  #expect(RFC3339.timestamp(text)?.milliseconds == milliseconds)
}

@Test func `a secret never shows itself`() {
  let secret = Secret("hunter2")
  var dumped = ""
  dump(["k": secret], to: &dumped)
  for shown in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
    #expect(!shown.contains("hunter2"))
  }
  #expect(secret.exposed == "hunter2")
}

@Test(arguments: [
  ("team", true), ("_a1", true), ("A", true), ("", false), ("1a", false), ("a-b", false),
  ("é", false), ("a b", false), ("@", false), ("[", false),
]) func `label names are those of Prometheus's classic rules`(name: String, valid: Bool) {
  #expect(Label.isValid(name: name) == valid)
}

@Test func `the stable hash is FNV-1a with a separator`() {
  var plain = StableHash()
  for byte in "foobar".utf8 { plain.combine(byte: byte) }
  #expect(plain.value == 0x8594_4171_f739_67e8)
  #expect(StableHash(of: "ab").value != StableHash(of: "ba").value)
}

@Test func `hashed fractions of similar names spread over the whole range`() {
  var buckets = [Int](repeating: 0, count: 10)
  for number in 0..<1000 {
    let fraction = StableHash(of: "mcp-\(number)").fraction
    #expect(fraction >= 0 && fraction < 1)
    buckets[min(9, Int(fraction * 10))] += 1
  }
  #expect(buckets.allSatisfy { (60...140).contains($0) }, "\(buckets)")
}

@Test func `a histogram counts in its buckets and never traps`() {
  var histogram = DurationHistogram()
  for duration in [Duration.milliseconds(5), .milliseconds(6), .seconds(-1), .seconds(Int64.max)] {
    histogram.observe(duration)
  }
  let counts = histogram.cumulative
  #expect(counts[0] == 2)
  #expect(counts[1] == 3)
  #expect(counts[10] == 3)
  #expect(counts[11] == 4)
  #expect(histogram.count == 4)
  #expect(histogram.sumMicroseconds == .max)
}

@Test func `durations convert without trapping at their ends`() {
  #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
  #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
  #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
  #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
  #expect(Duration.seconds(2).multiplied(by: .infinity, atMost: .seconds(9)) == .seconds(9))
  #expect(Duration.seconds(2).multiplied(by: .nan, atMost: .seconds(9)) == .seconds(9))
  #expect(Duration.seconds(2).multiplied(by: 2, atMost: .seconds(9)) == .seconds(4))
}

@Test func `an instant is whole nanoseconds, whatever it was made from`() {
  let third = MonotonicInstant(elapsed: .seconds(1) / 3)
  #expect(third == MonotonicInstant(nanoseconds: 333_333_333))
  #expect(third.advanced(by: .seconds(1) / 3) == MonotonicInstant(nanoseconds: 666_666_666))
  #expect(third.advanced(by: .seconds(Int64.max)) == MonotonicInstant(nanoseconds: .max))
  #expect(third.duration(to: .init(nanoseconds: .min)) < .zero)
}
