import PromQL
import Testing

/// What is said of queries that are none, and where.
@Suite struct ParseErrorTexts {
  struct Fault: CustomTestStringConvertible, Sendable {
    var text: String
    /// `message @start-end`, each error.
    var errors: [String]

    init(_ text: String, _ errors: String...) {
      self.text = text
      self.errors = errors
    }
    var testDescription: String { text }
  }

  static let term = "expected number, duration, step(), or range()"

  private func errors(in text: String) -> [String] {
    do throws(ParseErrors) {
      _ = try Expression(parsing: text)
      return []
    } catch {
      return error.errors.map { "\($0.message) @\($0.range.lowerBound)-\($0.range.upperBound)" }
    }
  }

  @Test(arguments: [
    Fault("", "no expression found in input @0-0"),
    Fault("1 +", "unexpected end of input @3-3"),
    Fault("1 2", #"unexpected number "2" @2-3"#),
    Fault("foo 'a long string'", #"unexpected string "'a long st"... @4-19"#),
    Fault("foo 5m", #"unexpected duration "5m" @4-6"#),
    Fault("a:b c:d", #"unexpected metric identifier "c:d" @4-7"#),
    Fault("foo start", #"unexpected "start" @4-9"#),
    Fault("foo sum", "unexpected <aggr:sum> @4-7"),
    Fault("foo BY", "unexpected <BY> @4-6"),
    Fault("1)", "unexpected right parenthesis ')' @2-2"),
    Fault("()", #"unexpected ")" @1-2"#),
    Fault("(1", "unclosed left parenthesis @2-2"),
    Fault("foo]", "unexpected right bracket ']' @3-4"),
    Fault("(foo, bar)", #"unexpected "," @4-5"#),
    Fault("foo, bar", #"unexpected "," @3-4"#),
    Fault("a =~ b", "unexpected character after '=': '~' @2-6"),
    Fault("a ! b", "unexpected character after '!': ' ' @2-5"),
    Fault("é", "unexpected character: 'é' @0-2"),
    Fault("foo $", "unexpected character: '$' @4-5"),
    Fault("on", "unexpected <on> @0-2"),
    Fault("atan2", "unexpected <op:atan2> @0-5"),
  ])
  func syntax(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test(arguments: [
    Fault("1a", #"bad number or duration syntax: "1" @0-2"#),
    Fault("1.2.3", #"bad number or duration syntax: "1.2." @0-5"#),
    Fault("5mx", #"bad number or duration syntax: "5mx" @0-3"#),
    Fault("0xg", #"bad number or duration syntax: "0x" @0-3"#),
    Fault("0x", #"error parsing number: strconv.ParseFloat: parsing "0x": invalid syntax @0-2"#),
    Fault("(1_)", #"error parsing number: strconv.ParseFloat: parsing "1_": invalid syntax @1-3"#),
    Fault(
      "1e999",
      #"error parsing number: strconv.ParseFloat: parsing "1e999": value out of range @0-5"#),
    Fault("5m5h", #"not a valid duration string: "5m5h" @0-4"#),
    Fault("5hs", #"unknown unit "hs" in duration "5hs" @0-3"#),
    Fault("300y", "duration out of range @0-4"),
    Fault("\"a", "unterminated quoted string @0-2"),
    Fault("'a\n'", "unterminated quoted string @0-4"),
    Fault(#""\z""#, "unknown escape sequence U+007A 'z' @0-4"),
    Fault(#"'\"'"#, "unknown escape sequence U+0022 '\"' @0-4"),
    Fault(#""\xg1""#, "illegal character U+0067 'g' in escape sequence @0-6"),
    Fault(#""\777""#, "escape sequence is an invalid Unicode code point @0-6"),
    Fault(#""\ud800""#, "escape sequence is an invalid Unicode code point @0-8"),
    Fault(#""\u12"#, "escape sequence not terminated @0-5"),
    Fault(#""\"#, "escape sequence not terminated @0-2"),
  ])
  func literals(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test(arguments: [
    Fault("foo{", "unexpected end of input inside braces @4-4"),
    Fault("foo{{", "unexpected left brace '{' @4-5"),
    Fault("foo{a!b}", "unexpected character after '!' inside braces: 'b' @5-8"),
    Fault("foo{a}", #"unexpected "}" in label matching, expected label matching operator @5-6"#),
    Fault(
      "foo{a='b' c}", #"unexpected identifier "c" in label matching, expected "," or "}" @10-11"#),
    Fault("foo{a='b',,}", #"unexpected "," in label matching, expected identifier or "}" @10-11"#),
    Fault("foo{a=~'('}", "error parsing regexp: missing closing ): `(` @4-10"),
    Fault("foo{a=~'['}", "error parsing regexp: missing closing ]: `[` @4-10"),
    Fault(
      "foo{a=~'*'}", "error parsing regexp: missing argument to repetition operator: `*` @4-10"),
    Fault("{}", "vector selector must contain at least one non-empty matcher @0-2"),
    Fault("{a=''} offset 5m", "vector selector must contain at least one non-empty matcher @0-16"),
    Fault("foo{__name__!='a'}", #"metric name must not be set twice: "foo" or "a" @0-18"#),
  ])
  func selectors(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test(arguments: [
    Fault("foo[", "unexpected end of input in duration expression @4-4"),
    Fault("foo[5m", "unclosed left bracket @6-6"),
    Fault("foo[:1m]", "unexpected colon before duration in duration expression @5-8"),
    Fault("foo[5m:1m:1m]", "unexpected colon ':' @9-13"),
    Fault("foo[x]", "unexpected character in duration expression: 'x' @4-6"),
    Fault(
      "foo[5m 6m]", #"unexpected duration "6m" in subquery or range, expected ":" or "]" @7-9"#),
    Fault("foo[5m:1m 2]", #"unexpected number "2" in subquery selector, expected "]" @10-11"#),
    Fault(
      "foo[5m+]",
      #"unexpected "]" in subquery or range selector, \#(ParseErrorTexts.term) @7-8"#
    ),
    Fault(
      "foo[5m:*]",
      #"unexpected <op:*> in subquery selector, "#
        + #"expected number, duration, step(), range(), or "]" @7-8"#
    ),
    Fault("foo[-5m]", "duration must be greater than 0 @4-7"),
    Fault("foo[5m:0]", "duration must be greater than 0 @7-8"),
    Fault("foo[5m][5m]", "ranges only allowed for vector selectors @7-11"),
    Fault("1[5m]", "ranges only allowed for vector selectors @1-5"),
    Fault("foo @ 5 [5m]", "no @ modifiers allowed before range @8-12"),
    Fault("foo[1/0]", "division by zero @5-6", "duration must be greater than 0 @0-0"),
    Fault(
      "foo offset bar",
      #"unexpected identifier "bar" in offset, \#(ParseErrorTexts.term) @11-14"#
    ),
    Fault(
      "1 offset 5m",
      "offset modifier must be preceded by an instant vector selector "
        + "or range vector selector or a subquery @0-1"
    ),
    Fault("foo offset 5m offset 6m", "offset may not be set multiple times @0-13"),
    Fault("foo @ 1 @ start()", "@ <timestamp> may not be set multiple times @0-7"),
    Fault("foo @ bar", #"unexpected identifier "bar" in @, expected timestamp @6-9"#),
    Fault("foo @ 1e17", "timestamp out of bounds for @ modifier: 100000000000000000.000000 @0-3"),
    Fault("foo @ -NaN", "timestamp out of bounds for @ modifier: NaN @0-3"),
    Fault("foo offset -1e10", "duration out of range @12-16"),
    Fault("foo anchored smoothed", "anchored and smoothed modifiers cannot be used together @0-3"),
    Fault("foo[5m:] smoothed", "smoothed modifier is not supported for subqueries @0-8"),
    Fault("1 anchored", "anchored modifier not implemented @0-1"),
  ])
  func rangesAndModifiers(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test(arguments: [
    Fault("1 == 1", "comparisons between scalars must use BOOL modifier @2-3"),
    Fault("foo + bool bar", "bool modifier can only be used on comparison operators @4-9"),
    Fault("'a' + 1", "binary expression must contain only scalar and instant vector types @0-3"),
    Fault(
      "1 + foo[5m]", "binary expression must contain only scalar and instant vector types @4-11"),
    Fault("foo + on(a) 1", "vector matching only allowed between instant vectors @0-13"),
    Fault(
      "foo + fill(1) 1", "filling in missing series only allowed between instant vectors @0-15"),
    Fault("foo or 1", #"set operator "or" not allowed in binary scalar expression @0-8"#),
    Fault(
      "foo + on(a b) bar",
      #"unexpected identifier "b" in grouping opts, expected "," or ")" @11-12"#),
    Fault("foo + on a", #"unexpected identifier "a" in grouping opts, expected "(" @9-10"#),
    Fault("sum by (1) (a)", #"unexpected number "1" in grouping opts, expected label @8-9"#),
    Fault("sum by (\"\") (a)", #"invalid label name for grouping: "\"\"" @8-10"#),
    Fault(
      "sum(1 2)", #"unexpected number "2" in aggregation @6-7"#,
      "no arguments for aggregate expression provided @0-5"),
    Fault(
      "sum by (a) b", #"unexpected identifier "b" in aggregation @11-12"#,
      "no arguments for aggregate expression provided @0-10"),
    Fault(
      "sum(a, b)",
      "wrong number of arguments for aggregate expression provided, expected 1, got 2 @0-9"),
    Fault("sum(1)", "expected type instant vector in aggregation expression, got scalar @4-5"),
    Fault(
      "topk('a', 'b')", "expected type instant vector in aggregation expression, got string @10-13",
      "expected type scalar in aggregation parameter, got string @5-8"),
  ])
  func operatorsAndAggregations(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test(arguments: [
    Fault("nothing(1)", #"unknown function with name "nothing" @0-7"#),
    Fault("RATE(foo[5m])", #"unknown function with name "RATE" @0-4"#),
    Fault("rate()", #"expected 1 argument(s) in call to "rate", got 0 @0-6"#),
    Fault("round()", #"expected at least 1 argument(s) in call to "round", got 0 @0-7"#),
    Fault("hour(a, b)", #"expected at most 1 argument(s) in call to "hour", got 2 @0-10"#),
    Fault(
      "label_join(a, 'b', 'c', 1)",
      #"expected type string in call to function "label_join", got scalar @24-25"#),
    Fault("floor(a,)", "trailing commas not allowed in function call args @7-8"),
    Fault("floor(a b)", #"unexpected identifier "b" @8-9"#),
    Fault(
      "-'a'",
      "unary expression only allowed on expressions of type scalar or instant vector, "
        + #"got "string" @0-4"#
    ),
    Fault("time()[5m:]", "subquery is only allowed on instant vector, got scalar instead @0-11"),
    Fault("info(a, b)", "expected label selectors only, got vector selector instead @8-9"),
    Fault(
      "floor(1) + ceil('a')",
      #"expected type instant vector in call to function "floor", got scalar @6-7"#,
      #"expected type instant vector in call to function "ceil", got string @16-19"#),
  ])
  func callsAndTypes(_ fault: Fault) { #expect(errors(in: fault.text) == fault.errors) }

  @Test func bytesThatAreNoTextAreAnError() {
    for bytes in [[0xff], Array("'".utf8) + [0xc3, 0x28], Array("`".utf8) + [0xff]] as [[UInt8]] {
      #expect(throws: ParseErrors.self) { try Expression(parsing: bytes) }
    }
  }

  @Test func theFirstErrorIsShownWithItsLineAndColumn() {
    let error = #expect(throws: ParseErrors.self) { try Expression(parsing: "foo +\n  bar baz") }
    #expect(error?.description == #"2:7: parse error: unexpected identifier "baz""#)
  }
}
