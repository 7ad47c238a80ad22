import Agent
import Breaking
import MCPWire
import Signals
import Testing
import WebServer

struct PageTests {
  @Test func `the page is the golden one`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      let answer = try await peer.get("/")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "text/html; charset=utf-8")
      try expectGolden(answer.text, "page.html")
    }
  }

  @Test func `no MCP is no table`() async throws {
    try await serving(FakeAgent()) { peer in
      let page = try await peer.get("/").text
      #expect(page.contains("<b>0</b> MCPs"))
      #expect(page.contains("No MCP is configured"))
      #expect(!page.contains("<table>"))
    }
  }

  @Test(arguments: [true, false])
  func `a retry is promised only of an MCP that will get one`(isEnabled: Bool) async throws {
    let mcp = MCPStatus.named("one", isEnabled: isEnabled) {
      $0.circuit = .open
      $0.retryAt = FakeAgent.now.advanced(by: .seconds(25))
    }
    try await serving(FakeAgent(mcps: [mcp])) { peer in
      let page = try await peer.get("/").text
      #expect(page.contains("retry ") == isEnabled)
      #expect(page.contains("; <b>1</b> to be tried again, the next <time") == isEnabled)
    }
  }

  private static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    "</td></tr></table><h1>", "&lt;b&gt;", "&#60;script&#62;", "<!-- ", "]]>",
    "javascript:alert(1)",
    "a\u{0}b", "line\r\nbreak", "\u{1b}[31mred", "\u{202e}gnp.exe", "\u{2066}x\u{2069}", "\u{85}",
    "\u{feff}",
    "{{7*7}}", "${7*7}", "\u{2028}", "العربية",
  ]

  @Test func `nothing from outside becomes markup`() async throws {
    let mcps = Self.hostile.enumerated().map { index, text -> MCPStatus in
      var mcp = MCPStatus.named(text, url: "https://\(index).example/\(text)", about: text)
      mcp.probed(.jsonrpcError, detail: text)
      mcp.server = ServerIdentity(name: text, version: text)
      if index % 2 == 0 {
        mcp.isEnabled = false
        mcp.autoDisabledReason = text
      }
      return mcp
    }
    let plain = MCPStatus.named("plain", about: "about") {
      $0.probed(.jsonrpcError, detail: "detail")
    }
    let off = MCPStatus.named("off", about: "about", isEnabled: false) {
      $0.autoDisabledReason = "reason"
    }
    try await serving(FakeAgent(mcps: mcps)) { hostile in
      let page = try await hostile.get("/").text
      let half = mcps.count / 2
      let harmless =
        Array(repeating: plain, count: half) + Array(repeating: off, count: mcps.count - half)
      try await serving(FakeAgent(mcps: harmless)) { peer in
        // The same tags as with harmless texts, however often each.
        let expected = Self.tags(in: try await peer.get("/").text)
        #expect(Self.tags(in: page) == expected)
      }
      #expect(
        page.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7f) })
      for scalar in "\u{202e}\u{2066}\u{2069}\u{85}\u{feff}\u{2028}".unicodeScalars {
        #expect(!page.unicodeScalars.contains(scalar))
      }
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
      #expect(page.contains("&amp;lt;b&amp;gt;"))
      #expect(page.contains("العربية"))
    }
  }

  /// Every `<...>` without its texts, each once.
  private static func tags(in page: String) -> Set<String> {
    var tags: Set<String> = []
    for piece in page.split(separator: "<").dropFirst() {
      let tag = piece.prefix { $0 != ">" }
      let isTimed = tag.hasPrefix("time ") || tag.hasPrefix("tr ") || tag.hasPrefix("td ")
      tags.insert(String(isTimed ? tag.prefix { $0 != " " } : tag))
    }
    return tags
  }

  @Test func `a text without end is cut`() async throws {
    let mcp = MCPStatus.named("long") {
      $0.probed(.notMCP, detail: String(repeating: "x", count: 100_000))
    }
    try await serving(FakeAgent(mcps: [mcp])) { peer in
      let page = try await peer.get("/")
      #expect(page.body.count < 10_000)
    }
  }

  @Test(arguments: [
    "/", "/metrics", "/api/v1/mcps", "/api/v1/recovery-queue", "/style.css", "/nowhere",
    "/-/reload",
  ])
  func `every answer tells browsers to do no more than show it`(path: String) async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      let answer = try await peer.get(path)
      #expect(
        answer.header("content-security-policy")
          == "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
          + "base-uri 'none'; form-action 'self'")
      #expect(answer.header("x-content-type-options") == "nosniff")
      #expect(answer.header("referrer-policy") == "no-referrer")
      #expect(answer.header("cache-control") == "no-store")
    }
  }

  @Test func `the stylesheet is one`() async throws {
    try await serving(FakeAgent()) { peer in
      let answer = try await peer.get("/style.css")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "text/css; charset=utf-8")
      #expect(answer.text.contains("prefers-color-scheme: dark"))
    }
  }
}
