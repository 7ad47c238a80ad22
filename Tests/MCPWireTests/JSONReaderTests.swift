import MCPWire
import Testing

@Suite("JSON in place")
struct JSONReaderTests {
  private func isJSON(_ text: String) -> Bool { isJSON(Array(text.utf8)) }
  private func isJSON(_ bytes: [UInt8]) -> Bool {
    var reader = JSONReader(bytes)
    do throws(JSONProblem) {
      try reader.skipValue()
      try reader.expectEnd()
      return true
    } catch {
      return false
    }
  }

  @Test(
    "takes what RFC 8259 allows",
    arguments: [
      "0", "-0", "1e400", "-1.5E+3", "123456789012345678901234567890", "true", "null", "[]", "{}",
      #""""#, #""\u00e9\ud83d\ude00\n\/""#, " \t\r\n[ 1 , {\"a\" : [ ] } ]\n", #"{"a":1,"a":2}"#,
      #"{"a":{"b":[{"c":null},[],{}]},"d":-1.0e-5}"#, "\"\u{7f}\"", "[[[[]]]]",
    ])
  func valid(text: String) { #expect(isJSON(text)) }

  @Test(
    "refuses what is not JSON",
    arguments: [
      "", " ", "NaN", "Infinity", "-", "01", "1.", ".5", "1e", "+1", "0x10", "tru", "nul", "True",
      "'a'", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"\\", "\"a\nb\"", "[", "]", "[1,]",
      "[1 2]", "{", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "{1:2}", "[}", "{]", "1 2",
      "{} x", "[1,", "{\"a\":1", "<html>", "\u{feff}\u{feff}{}", "//x\n1",
    ])
  func invalid(text: String) { #expect(!isJSON(text)) }

  @Test("nests to 128 and no further, without recursion")
  func depth() {
    func nested(_ depth: Int, _ open: String = "[", _ close: String = "]") -> String {
      String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }
    #expect(isJSON(nested(128)))
    #expect(!isJSON(nested(129)))
    #expect(!isJSON(nested(100_000)))
    #expect(!isJSON(String(repeating: "{\"a\":", count: 100_000)))
    #expect(
      isJSON(String(repeating: "{\"a\":", count: 128) + "1" + String(repeating: "}", count: 128)))
  }

  @Test("skips ten million bytes")
  func large() {
    var bytes = Array("[\"".utf8)
    bytes += Array(repeating: UInt8(ascii: "x"), count: 10_000_000)
    bytes += Array("\"]".utf8)
    #expect(isJSON(bytes))
    #expect(!isJSON(Array(bytes.dropLast())))
  }

  @Test(
    "whole numbers are taken when they fit",
    arguments: [
      ("0", 0), ("-0", 0), ("42", 42), ("-32601", -32601), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("9223372036854775808", nil), ("-9223372036854775809", nil),
      ("1e400", nil), ("1.0", nil), ("1e3", nil), ("18446744073709551616", nil), ("\"1\"", nil),
      ("null", nil), ("[1]", nil),
    ] as [(String, Int64?)])
  func integers(text: String, expected: Int64?) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.integer() == expected)
    try reader.expectEnd()
  }

  @Test(
    "strings are decoded",
    arguments: [
      (#""abc""#, "abc"), (#""""#, ""), (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e9\u4e2d""#, "Aé中"), (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{fffd}"),
      (#""\ude00x""#, "\u{fffd}x"), (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
      (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\ud83dA""#, "\u{fffd}A"), (#""é😀""#, "é😀"),
      (#""\u0000""#, "\u{0}"),
    ])
  func strings(text: String, expected: String) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.string() == expected)
    try reader.expectEnd()
  }

  @Test("bytes that are not UTF-8 become U+FFFD")
  func repairs() throws {
    var reader = JSONReader([0x22, 0x61, 0xff, 0x62, 0x22])
    #expect(try reader.string() == "a\u{fffd}b")
  }

  @Test(
    "a long string is cut between characters",
    arguments: [#""aé😀zzzz""#, #""a\u00e9\ud83d\ude00zzzz""#])
  func cuts(text: String) throws {
    for limit in 1...8 {
      var reader = JSONReader(Array(text.utf8))
      let cut = try reader.string(limit: limit) ?? ""
      #expect("aé😀zzzz".hasPrefix(cut))
      #expect(cut.utf8.count <= limit + 4)
      try reader.expectEnd()
    }
  }

  @Test("members are visited in order, unread values are skipped, the last of a key wins")
  func members() throws {
    var reader = JSONReader(Array(#" {"a":1,"skip":{"x":[1,2]},"\u0061":2,"b":[true,null]} "#.utf8))
    var keys: [String] = []
    var last: Int64?
    try reader.forEachMember { member, key throws(JSONProblem) in
      keys.append(key)
      if key == "a" { last = try member.integer() }
    }
    try reader.expectEnd()
    #expect(keys == ["a", "skip", "a", "b"])
    #expect(last == 2)
  }

  @Test("elements are counted")
  func counting() throws {
    for (text, count) in [("[]", 0), ("[1]", 1), ("[[],{},\"a,b\",[1,2]]", 4)] {
      var reader = JSONReader(Array(text.utf8))
      #expect(try reader.countElements() == count)
    }
    var reader = JSONReader(Array("{}".utf8))
    #expect(throws: JSONProblem.self) { try reader.countElements() }
  }

  @Test("a range of bytes is read as if nothing were around it")
  func ranges() throws {
    let bytes = Array("xx[1,2]yy".utf8)
    var reader = JSONReader(bytes, in: 2..<7)
    #expect(try reader.countElements() == 2)
    try reader.expectEnd()
    var outside = JSONReader(bytes, in: 7..<500)
    #expect(throws: JSONProblem.self) { try outside.kind() == .object }
  }

  @Test("visiting an object deeper than 128 throws")
  func visitedDepth() {
    func descend(_ reader: inout JSONReader) throws(JSONProblem) -> Int {
      var depth = 1
      try reader.forEachElement { element throws(JSONProblem) in depth += try descend(&element) }
      return depth
    }
    let text = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    var reader = JSONReader(Array(text.utf8))
    #expect(throws: JSONProblem.self) { try descend(&reader) }
  }
}
