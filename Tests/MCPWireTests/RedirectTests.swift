import MCPWire
import TestSupport
import Testing

@Suite("Redirects")
struct RedirectTests {
  @Test("307 and 308 of the same origin are followed with the same body, and remembered")
  func followed() throws {
    for status in [307, 308] {
      let server = ScriptedServer {
        $0.url.hasSuffix("/mcp/")
          ? Say.discovered : .redirect(to: "http://mcp.test/mcp/", status: status)
      }
      let first = try run(server)
      #expect(first.requests.map(\.url) == ["http://mcp.test/mcp", "http://mcp.test/mcp/"])
      #expect(first.requests[0].body == first.requests[1].body)
      #expect(first.requests[0].header("Mcp-Method") == first.requests[1].header("Mcp-Method"))
      #expect(first.result.outcome == .ok)
      #expect(first.result.warnings == [.redirected])
      #expect(first.result.memory.redirectedURL == "http://mcp.test/mcp/")
      let second = try run(server, first.result.memory)
      #expect(second.requests.map(\.url) == ["http://mcp.test/mcp/"])
      #expect(second.result.memory.redirectedURL == "http://mcp.test/mcp/")
    }
  }

  @Test("the rest of the conversation goes to where the first request was led")
  func conversation() throws {
    let legacy = LegacyServer()
    let server = ScriptedServer {
      $0.url.hasSuffix("/mcp/") ? legacy.answer($0) : .redirect(to: "http://mcp.test/mcp/")
    }
    let probe = try run(server)
    #expect(probe.stages == [.discover, .discover, .initialize, .initialized])
    #expect(probe.result.outcome == .ok)
  }

  @Test(
    "only the same origin, or its secure twin, is followed",
    arguments: [
      ("http://a/m", "http://a/x", true), ("http://a/m", "http://A:80/x", true),
      ("http://a/m", "http://a:81/x", false), ("http://a/m", "http://b/x", false),
      ("http://a/m", "https://a/x", true), ("http://a/m", "https://a:8443/x", false),
      ("http://a:8080/m", "https://a:8080/x", false), ("https://a/m", "http://a/x", false),
      ("https://a/m", "https://a:443/x?y=1", true), ("http://a/m", "http://u:p@a/x", false),
      ("http://a/m", "http://a@b/x", false), ("http://a/m", "http://a.b/x", false),
      ("http://[::1]:9/m", "http://[::1]:9/x", true),
      ("http://[::1]:9/m", "http://[::2]:9/x", false),
      ("http://a/m", "http://a\\@b/", false), ("http://a/m", "ftp://a/x", false),
      ("http://a/m", "http://a/ x", false), ("http://a/m", "/x", false), ("http://a/m", "", false),
      ("http://a/m", "http://", false), ("http://a/m", "http://a:x/", false),
      ("http://a/m", "http://a:99999/", false), ("http://a/m", "http://[::1/", false),
    ])
  func origins(from: String, to: String, isFollowed: Bool) throws {
    let server = ScriptedServer { $0.url == from ? .redirect(to: to) : Say.discovered }
    let probe = try run(server, target: ProbeTarget(url: from))
    #expect(probe.result.outcome == (isFollowed ? .ok : .redirectBlocked))
    #expect(probe.requests.count == (isFollowed ? 2 : 1))
  }

  @Test("three redirects, and no more")
  func loop() throws {
    let probe = try run(ScriptedServer { .redirect(to: $0.url + "x") })
    #expect(probe.requests.count == 4)
    #expect(probe.result.outcome == .redirectBlocked)
    #expect(probe.result.verdict == .neutral)
  }

  @Test("301, 302 and 303 are not followed; the target is shown without its query")
  func blocked() throws {
    for status in [301, 302, 303] {
      let probe = try run(
        ScriptedServer { _ in
          .redirect(to: "http://mcp.test/login?token=hidden", status: status)
        })
      #expect(probe.requests.count == 1)
      #expect(probe.result.outcome == .redirectBlocked)
      #expect(probe.result.detail == "server/discover: HTTP \(status) to http://mcp.test/login")
    }
  }

  @Test("a fragment is dropped, and what led to failure is forgotten")
  func forgotten() throws {
    let server = ScriptedServer {
      $0.url == "http://mcp.test/mcp" ? .redirect(to: "http://mcp.test/gone#x") : Reply(404)
    }
    var memory = ServerMemory()
    memory.transport = .statelessHTTP
    memory.detectedAt = Say.now
    let probe = try run(server, memory)
    #expect(probe.requests.map(\.url).last == "http://mcp.test/gone")
    #expect(probe.result.outcome == .notFound)
    #expect(probe.result.memory.redirectedURL == nil)
    memory.redirectedURL = "http://mcp.test/old"
    #expect(try run(server, memory).result.memory.redirectedURL == nil)
  }
}
