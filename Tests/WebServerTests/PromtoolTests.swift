import Foundation
import PromQL
import TestSupport
import Testing

private let hasPromtool: Bool = {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  return path.split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/promtool")
  }
}()

/// Debian's promtool asks our API, and understands what it says.
@Suite(.enabled(if: hasPromtool, "no promtool on PATH"), .timeLimit(.minutes(15)))
struct PromtoolTests {
  /// Arguments around the server, what is printed, and the exit status.
  static let calls: [([String], [String], String, Int32)] = [
    (
      ["instant", "--time", "1435781451.781"], ["mcp_up"],
      """
      mcp_up{mcp="archive"} => 0 @[1435781451.781]
      mcp_up{mcp="search"} => 1 @[1435781451.781]
      mcp_up{mcp="weather"} => 1 @[1435781451.781]

      """, 0
    ),
    (["instant"], ["1 + 1"], "scalar: 2 @[", 0),
    (
      ["instant", "--time", "2015-07-01T20:10:51.781Z"], ["special"],
      """
      special{v="inf"} => +Inf @[1435781451.781]
      special{v="nan"} => NaN @[1435781451.781]

      """, 0
    ),
    (
      [
        "range", "--start", "1435781421.781", "--end", "1435781451.781", "--step", "15s",
      ],
      ["mcp_probes_total"],
      """
      mcp_probes_total{mcp="weather", outcome="ok"} =>
      114 @[1435781421.781]
      117 @[1435781436.781]
      120 @[1435781451.781]

      """, 0
    ),
    (
      ["series", "--match", "mcp_up{mcp=~\"s.*\"}", "--match", "mcp_probes_total"], [],
      """
      {__name__="mcp_probes_total", mcp="weather", outcome="ok"}
      {__name__="mcp_up", mcp="search"}

      """, 0
    ),
    (["labels"], ["mcp"], "archive\nsearch\nweather\n", 0),
    (
      ["labels", "--start", "1435781451", "--end", "1435781452", "--match", "mcp_probes_total"],
      ["mcp"], "weather\n", 0
    ),
  ]

  @Test func `promtool query understands every answer`() async throws {
    let scratch = try Scratch()
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for (before, after, output, status) in Self.calls {
        let result = try await runCommand(
          "promtool", ["query"] + before + ["http://127.0.0.1:\(peer.port)"] + after, in: scratch)
        #expect(result.status == status, "\(before): \(result.errors)")
        #expect(result.output.hasPrefix(output), "\(before): \(result.output)")
      }
    }
  }

  @Test func `promtool query tells our errors`() async throws {
    let scratch = try Scratch()
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let server = "http://127.0.0.1:\(peer.port)"
      let result = try await runCommand(
        "promtool", ["query", "instant", server, "mcp_up{"], in: scratch)
      #expect(result.status == 1)
      #expect(result.errors.contains("bad_data: invalid parameter \"query\": 1:8: parse error"))
      let labels = try await runCommand(
        "promtool", ["query", "labels", server, "mcp", "--match", "sum(a)"], in: scratch)
      #expect(labels.status == 1)
      #expect(labels.errors.contains("expected a series selector"))
    }
  }
}
