import Agent
import Breaking
import ConfigFile
import Foundation
import Signals
import TestSupport
import Testing

struct HostileDatabaseTests {
  private static let keys = ["circuit_breaker", "health_check", "hot_reload", "thread_logging"]

  private static let seeds = [
    #"{"enabled": true, "failure_threshold": 3, "timeout_seconds": 60.5, "x": [1, {"a": 2}]}"#,
    #"{"interval_seconds": 30, "interval": "1m30s", "labels": {"team": "d\u00e4ta", "a": 1}}"#,
    #"{"token": "c4nary", "headers": {"X-A": "c4nary", "X-B": "env:NAME"}, "key": "file:/c4nary"}"#,
    #"{"include_thread_name": false, "checks": [{"tool": "x"}], "auto_disable_enabled": false}"#,
    "null", "[]", "-1.5e300", #""c4nary""#, "",
  ]

  /// Whatever stands in a column, reading ends, and what comes of it fits together.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func anyTextIsReadWithoutATrap(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let settings = try file("mcps: [{name: a, url: http://a.example, probe: {timeout: 5s}}]")
    let pool = Self.seeds.map { Array($0.utf8) }
    func text() -> String {
      var bytes = pool.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        Mangling.mangle(&bytes, with: pool, &random)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    var previous = DatabaseSettings()
    for _ in 0..<100 {
      var rows = DatabaseRows()
      rows.config = Self.keys.map { ConfigRow(key: $0, value: text()) }
      rows.servers = (0..<4 as Range<Int64>).map { id in
        var row = RegistryRow(id: id, name: "m\(id)", url: "http://m.example/\(id)")
        if Bool.random(using: &random) { row.url = text() }
        row.authType =
          ["bearer", "api_key", "custom_headers", nil].randomElement(using: &random) ?? nil
        row.authConfig = Secret(text())
        row.metaData = text()
        row.timeoutSeconds = [nil, 1, -1, .max, .min].randomElement(using: &random) ?? nil
        row.maxFailureCycles = [nil, 1, -1, .max].randomElement(using: &random) ?? nil
        return row
      }
      let read = ConfigFile.readDatabase(
        rows, over: settings, keeping: previous, environment: { _ in "c4nary" })
      for mcp in settings.resolved(with: read).mcps {
        #expect(mcp.timeout <= mcp.interval && mcp.timeout > .zero)
        #expect(mcp.breaker.waitsFit && mcp.breaker.failureThreshold >= 1)
      }
      #expect(read.mcps.count + read.refusedRows.count == 4)
      previous = read
    }
  }

  @Test func anyDepthIsRead() throws {
    for depth in [31, 32, 33, 127, 128, 129, 100_000] {
      for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested =
          String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        let value = "{\"interval_seconds\": 7, \"x\": \(nested)}"
        let settings = try database(["health_check": value], [row { $0.metaData = nested }])
        #expect(settings.refusedConfig.isEmpty == (depth < 128))
        #expect(settings.interval == (depth < 128 ? .seconds(7) : nil))
      }
    }
  }

  /// As PostgreSQL writes jsonb.
  @Test(arguments: [
    (#""a\tb\n\"\\/\b\f""#, nil), (#""\u007f""#, nil), (#""\ud83d\ude00""#, "😀"),
    (#""\/é""#, "/é"), ("\"é\u{301}\"", "é\u{301}"),
    ("12345678901234567890123", "12345678901234567890123"),
    ("true", "true"), ("\"~\"", "~"), ("\"null\"", "null"), ("\"\"", ""),
    ("\"&a *b !c\"", "&a *b !c"),
  ])
  func textsArriveAsTheyAre(json: String, expected: String?) throws {
    // Labels take any text; credentials none with control characters.
    let settings = try database([:], [row { $0.metaData = "{\"labels\": {\"a\": \(json)}}" }])
    let label = try #require(settings.mcps.first?.settings.labels.first)
    if let expected { #expect(label.value == expected) }
    let secret = try database(
      [:],
      [
        row {
          ($0.authType, $0.authConfig) = ("bearer", Secret("{\"token\": \(json)}"))
        }
      ])
    #expect(secret.mcps.isEmpty == (expected ?? "").isEmpty)
  }

  @Test func theLastOfEqualMembersCounts() throws {
    let settings = try database(
      ["health_check": #"{"interval_seconds": "x", "interval_seconds": 9}"#])
    #expect(settings.interval == .seconds(9))
  }

  @Test func nothingOfARowIsShown() throws {
    var rows: [RegistryRow] = []
    for (index, text) in Self.seeds.enumerated() {
      for kind in ["bearer", "api_key", "custom_headers", "c4nary"] {
        rows.append(
          row(Int64(rows.count)) {
            $0.name = "m\(rows.count)"
            $0.url = index % 2 == 0 ? "http://c4nary:c4nary@a.example" : "http://a.example"
            ($0.authType, $0.authConfig) = (kind, Secret(text))
          })
      }
    }
    rows.append(
      row(1000) {
        ($0.authType, $0.authConfig) = ("bearer", Secret(#"{"token": "c4nary"}"#))
      })
    let settings = try database([:], rows, environment: ["NAME": "c4nary"])
    #expect(settings.mcps.contains { $0.id == 1000 })
    #expect(!settings.refusedRows.isEmpty)
    var dumped = ""
    dump(settings, to: &dumped)
    let news = "\(settings.news(since: DatabaseSettings()))"
    for shown in ["\(settings)", String(reflecting: settings), dumped, news] {
      // A file that a row names is named.
      #expect(!shown.replacing("/c4nary", with: "").contains("c4nary"))
    }
  }
}
