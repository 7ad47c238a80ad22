import PromQL
import Testing

/// One form for all spellings, and the same tree when it is read again.
@Suite struct Printing {
  @Test(
    arguments: [
      ("1", "1"), ("0x1F", "31"), ("0755", "493"), ("089", "89"), ("1_000.5", "1000.5"),
      (".5", "0.5"), ("5.", "5"), ("1e3", "1000"), ("1e-7", "0.0000001"), ("1e21", nil),
      ("Inf", "+Inf"), ("-iNF", "-Inf"), ("nan", "NaN"), ("Inf ^ 2", "Inf ^ 2"), ("-0", "-0"),
      ("5m", "5m"), ("-5m", "-5m"), ("90m", "1h30m"), ("1w", "1w"), ("8d", "8d"), ("365d", "1y"),
      ("1d1ms", "1d1ms"), ("0s", "0s"), ("100000m", "69d10h40m"), ("foo[300]", "foo[5m]"),
      ("foo[0.0001]", "foo[0.0001]"), ("foo[1.5:2.5]", "foo[1s500ms:2s500ms]"),
      ("FOO{A='b'}", #"FOO{A="b"}"#), ("{b='1', a='2'}", #"{a="2",b="1"}"#),
      ("{'foo'}", #"{__name__="foo"}"#), (#"{"a b"=~"c"}"#, #"{"a b"=~"c"}"#),
      ("foo{}", "foo"), ("foo{a=`b\\c`}", #"foo{a="b\\c"}"#), ("foo{a='\"'}", #"foo{a="\""}"#),
      ("foo @ 1.5", "foo @ 1.500"), ("foo @ -0.001", "foo @ -0.001"),
      ("foo @ end ( )", "foo @ end()"),
      ("foo offset 1h @ 5", "foo @ 5.000 offset 1h"), ("foo offset -1h", "foo offset -1h"),
      ("foo offset 0s", "foo"), ("foo[5m] offset 1h @ start()", "foo[5m] @ start() offset 1h"),
      ("foo[5m] anchored @ 1", "foo[5m] anchored @ 1.000"), ("foo[1h:]", "foo[1h:]"),
      ("SUM(foo)BY(a,b,)", "sum by (a, b) (foo)"), ("sum by () (foo)", "sum(foo)"),
      ("sum without () (foo)", "sum without () (foo)"), ("sum by (by, sum) (foo)", nil),
      (#"sum by ("by", "a b", 'nan') (foo)"#, #"sum by (by, "a b", "nan") (foo)"#),
      ("TopK(2,foo)", "topk(2, foo)"), (#"count_values('x',foo)"#, #"count_values("x", foo)"#),
      ("a==BOOL b", "a == bool b"), ("a OR b", "a or b"), ("a<b", "a < b"), ("a</b", "a </ b"),
      ("a+ON(x)b", "a + on (x) b"), ("a+ignoring()b", "a + b"),
      ("a+ignoring(x)Group_Right b", "a + ignoring (x) group_right () b"),
      ("a*on(x)group_left(y, \"z z\")b", #"a * on (x) group_left (y, "z z") b"#),
      ("a+fill_right(1) fill_left(-2) b", "a + fill_left (-2) fill_right (1) b"),
      ("a + fill(nan) b", "a + fill (NaN) b"), ("rate(foo[5m])", "rate(foo[5m])"),
      ("label_join(a,'b','c')", #"label_join(a, "b", "c")"#), ("time()", "time()"),
      ("foo[2m+1m*3]", "foo[2m + 1m * 3]"), ("foo[-step()+5m]", "foo[-step() + 5m]"),
      ("foo[(1m):(5)]", "foo[(1m):(5)]"), ("foo offset - ( 5 )", "foo offset -(5)"),
      ("foo offset max_of(1m,step())", "foo offset max_of(1m, step())"), ("# x\n(1 # y\n)", "(1)"),
      (#""\u00e9\x07é\x01""#, #""é\aé\x01""#), ("'\\''", #""'""#),
      ("info(a, {b='c'})", #"info(a, {b="c"})"#), ("info(a, {})", "info(a, {})"),
    ] as [(String, String?)])
  func hasOneFormForAllSpellings(text: String, canonical: String?) throws {
    let expression = try Expression(parsing: text)
    let printed = expression.description
    if let canonical { #expect(printed == canonical) }
    let again = try Expression(parsing: printed)
    #expect(again.isWritten(like: expression), "\(text) is printed as \(printed)")
  }
}
