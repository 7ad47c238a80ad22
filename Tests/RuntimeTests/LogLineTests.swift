import AgentRuntime
import Foundation
import Logging
import TestSupport
import Testing

/// What stands in a line of the log when what is logged comes from a stranger.
@Suite(.timeLimit(.minutes(2))) struct LogLineTests {
  struct Value: Sendable {
    var what: String
    var value: String
    /// Between quotes, in both formats.
    var quoted: String
    /// Whether logfmt needs no quotes.
    var isBare = false
  }

  private static let long = 10_240

  static let values: [Value] = [
    Value(what: "a word", value: "up", quoted: "up", isBare: true),
    Value(what: "a path", value: "/a-b_c:d;e,{f}", quoted: "/a-b_c:d;e,{f}", isBare: true),
    Value(what: "nothing", value: "", quoted: ""),
    Value(what: "spaces", value: "two words ", quoted: "two words "),
    Value(what: "an equals sign", value: "a=b", quoted: "a=b"),
    Value(what: "quotes", value: #"say "hi" \ "#, quoted: #"say \"hi\" \\ "#),
    Value(what: "a forged line", value: "x\nlevel=error", quoted: #"x\nlevel=error"#),
    Value(what: "CR LF", value: "x\r\ny", quoted: #"x\r\ny"#),
    Value(what: "a tab", value: "x\ty", quoted: #"x\ty"#),
    Value(what: "ESC", value: "\u{1b}[2J\u{1b}]0;x\u{7}", quoted: #"\u001b[2J\u001b]0;x\u0007"#),
    Value(what: "NUL", value: "a\0b", quoted: #"a\u0000b"#),
    Value(what: "DEL", value: "a\u{7f}b", quoted: #"a\u007fb"#),
    Value(what: "a C1 control", value: "a\u{9b}2J\u{85}b", quoted: #"a\u009b2J\u0085b"#),
    Value(what: "bidi", value: "\u{202e}txt\u{2066}", quoted: #"\u202etxt\u2066"#),
    Value(what: "no width", value: "a\u{200b}\u{feff}b", quoted: #"a\u200b\ufeffb"#),
    Value(what: "separators", value: "a\u{2028}\u{2029}b", quoted: #"a\u2028\u2029b"#),
    Value(what: "a tag", value: "a\u{e0041}b", quoted: "a?b"),
    Value(what: "letters", value: "Grüße ☀ 🌊", quoted: "Grüße ☀ 🌊"),
    Value(
      what: "invalid UTF-8", value: String(decoding: [0x61, 0xff, 0xc3, 0x28], as: UTF8.self),
      quoted: "a\u{fffd}\u{fffd}("),
    Value(
      what: "10 KiB", value: String(repeating: "x", count: long),
      quoted: String(repeating: "x", count: 4096) + "..."),
    Value(
      what: "10 KiB of ESC", value: String(repeating: "\u{1b}", count: long),
      quoted: String(repeating: #"\u001b"#, count: 4096) + "..."),
    Value(
      what: "cut between letters", value: "x" + String(repeating: "é", count: long),
      quoted: "x" + String(repeating: "é", count: 2047) + "..."),
  ]

  @Test(arguments: values) func aValueStaysWithinItsField(row: Value) async throws {
    let log = try LogReader()
    log.logger.info("\(row.value)", metadata: ["key": "\(row.value)"])
    let field = row.isBare ? row.quoted : "\"\(row.quoted)\""
    #expect(try await log.lines() == ["level=info msg=\(field) key=\(field)"], "\(row.what)")
  }

  @Test(arguments: values) func soItDoesInJSON(row: Value) async throws {
    let log = try LogReader(.json)
    log.logger.warning("\(row.value)", metadata: ["key": "\(row.value)"])
    let line = try #require(try await log.rawLines().first)
    let rest = #","level":"warn","msg":"\#(row.quoted)","key":"\#(row.quoted)"}"#
    #expect(line.hasPrefix(#"{"ts":"20"#) && line.hasSuffix(rest), "\(row.what): \(line)")
    let read = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    if row.value.utf8.count < 100, row.what != "a tag" {
      #expect(read["key"] == row.value && read["msg"] == row.value, "\(row.what)")
    }
    #expect(read.count == 4)
  }

  static let keys: [(key: String, written: String)] = [
    ("mcp", "mcp"), ("a.b-c/d_E9", "a.b-c/d_E9"), ("", "_"), ("a b", "a_b"), ("a=b", "a_b"),
    ("a\"b\\", "a_b_"), ("a\nlevel", "a_level"), ("\u{1b}[2J", "__2J"), ("\u{202e}", "_"),
    ("größe", "gr__e"), ("a\0", "a_"),
    (String(repeating: "k", count: 100), String(repeating: "k", count: 64)),
    // Not those that every line has.
    ("ts", "ts_"), ("level", "level_"), ("msg", "msg_"), ("thread", "thread_"),
    ("thread_id", "thread_id_"),
  ]

  @Test(arguments: keys) func aKeyIsCleanAndStandsOnce(key: String, written: String) async throws {
    for format in LogFormat.allCases {
      let log = try LogReader(format, threadName: true, threadID: true)
      log.logger.info("m", metadata: ["\(key)": "v"])
      let line = try #require(try await log.rawLines().first)
      switch format {
      case .logfmt: #expect(line.hasSuffix(" msg=m \(written)=v"), "\(line)")
      case .json: #expect(line.hasSuffix(#","msg":"m","\#(written)":"v"}"#), "\(line)")
      }
    }
  }

  @Test func keysThatBecomeTheSameAreToldApart() async throws {
    let log = try LogReader()
    log.logger.info("m", metadata: ["a b": "1", "a\"b": "2", "a_b": "3"])
    #expect(try await log.lines() == ["level=info msg=m a_b=1 a_b_=2 a_b__=3"])
  }

  @Test func valuesOfManyShapesAreOneField() async throws {
    let log = try LogReader()
    log.logger.info("m", metadata: ["list": ["a\n", "b"], "of": ["k\u{1b}": "v"]])
    let line = try #require(try await log.lines().first)
    #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(line.hasPrefix("level=info msg=m list=\"["))
  }

  @Test func levelsAreFourWords() async throws {
    let log = try LogReader()
    for level in Logger.Level.allCases where level > .trace { log.logger.log(level: level, "m") }
    let words = try await log.lines().map { $0.replacing(" msg=m", with: "") }
    let expected = ["debug", "info", "info", "warn", "error", "error"].map { "level=\($0)" }
    #expect(words == expected)
  }

  /// Whatever comes, a line is one line, of as many fields as were logged.
  @Test func noScalarGetsOut() async throws {
    var random = SeededRandom(seed: 6)
    func text() -> String {
      var scalars = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<12, using: &random) {
        let most: UInt32 = Bool.random(using: &random) ? 0x100 : 0xfffff
        if let scalar = Unicode.Scalar(UInt32.random(in: 0...most, using: &random)) {
          scalars.append(scalar)
        }
      }
      return String(scalars)
    }
    let (json, logfmt) = (try LogReader(.json), try LogReader())
    var fields: [Int] = []
    for _ in 0..<300 {
      var metadata: Logger.Metadata = [:]
      for _ in 0..<Int.random(in: 0..<4, using: &random) { metadata[text()] = "\(text())" }
      let message = text()
      for log in [json, logfmt] { log.logger.info("\(message)", metadata: metadata) }
      fields.append(3 + metadata.count)
    }
    let lines = try await json.rawLines()
    #expect(
      try lines.map {
        try JSONDecoder().decode([String: String].self, from: Data($0.utf8)).count
      } == fields)
    for line in try await logfmt.lines() + lines {
      #expect(
        line.unicodeScalars.allSatisfy {
          ![.control, .format, .lineSeparator, .paragraphSeparator]
            .contains($0.properties.generalCategory)
        }, "\(line)")
    }
    #expect(try await logfmt.lines().count == 300)
  }
}
