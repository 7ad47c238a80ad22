import Agent
import Foundation
import MCPWire
import NIOCore
import Signals
import Synchronization
import TestSupport
import Testing
import WebServer

struct MetricsTests {
  private static let text = "text/plain; version=0.0.4"
  private static let openMetrics = "application/openmetrics-text; version=1.0.0"

  /// Accept as sent, and the beginning of the content type that answers it.
  private static let accepts: [(String?, String)] = [
    (nil, text), ("", text), ("*/*", text), ("text/html, */*;q=0.8", text), ("nonsense;;q", text),
    ("application/openmetrics-text", openMetrics),
    ("application/openmetrics-text; version=1.0.0", openMetrics),
    ("application/openmetrics-text; version=0.0.1", text),
    ("application/openmetrics-text; version=2.0.0, text/plain", text),
    ("application/openmetrics-text; q=0", text),
    ("application/openmetrics-text; q=nan", text),
    ("text/plain; q=0.5, application/openmetrics-text; q=0.4", text),
    (
      "text/plain;version=0.0.4;q=0.3, APPLICATION/OpenMetrics-Text;version=1.0.0;q=0.4",
      openMetrics
    ),
    (
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
        + "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", openMetrics
    ),
  ]

  @Test func `the format follows Accept`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      for (accept, type) in Self.accepts {
        let answer = try await peer.get("/metrics", accept.map { ["Accept: \($0)"] } ?? [])
        #expect(answer.status == 200)
        #expect(answer.header("content-type")?.hasPrefix(type) == true, "for \(accept ?? "none")")
        #expect(answer.text.contains(#"mcp="weather""#))
        #expect(answer.text.hasSuffix("# EOF\n") == (type == Self.openMetrics))
        #expect(answer.header("vary") == "Accept, Accept-Encoding")
      }
    }
  }

  @Test func `compression follows Accept-Encoding`() async throws {
    let wishes: [(String?, Bool)] = [
      (nil, false), ("gzip", true), ("GZIP", true), ("deflate, gzip;q=1.0, br", true),
      ("gzip;q=0", false), ("gzip; q=0.0, identity", false), ("identity", false), ("*", false),
      ("gzip;q=0.5, identity;q=0.8", false), ("br", false), ("gzip;q=2", false),
    ]
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      for (wish, isGzip) in wishes {
        let answer = try await peer.get("/metrics", wish.map { ["Accept-Encoding: \($0)"] } ?? [])
        #expect((answer.header("content-encoding") == "gzip") == isGzip, "for \(wish ?? "none")")
      }
    }
  }

  @Test func `a compressed page unpacks to the plain one, scrape after scrape`() async throws {
    let agent = FakeAgent(
      mcps: (0..<300).map { number in
        .named("server-\(number)") { $0.probed(.ok, took: .milliseconds(number)) }
      })
    try await serving(agent) { peer in
      for round in 0..<3 {
        agent.script.withLock { $0.mcps[200].consecutiveFailures = round }
        for accept in ["Accept: text/plain", "Accept: application/openmetrics-text"] {
          let plain = try await peer.get("/metrics", [accept])
          let packed = try await peer.get("/metrics", [accept, "Accept-Encoding: gzip"])
          #expect(plain.body.count > 128 << 10)
          #expect(packed.body.count < plain.body.count / 4)
          #expect(Self.lines(try await gunzip(packed.body)) == Self.lines(plain.body))
        }
      }
    }
  }

  /// A connection before this one may still be closing.
  private static func lines(_ page: [UInt8]) -> [Substring] {
    String(decoding: page, as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("breakwater_web_connections ") }
  }

  @Test func `HEAD gives the length and no body`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      for headers in [[], ["Accept-Encoding: gzip"]] {
        let full = try await peer.get("/metrics", headers)
        let head = try await peer.send("HEAD", "/metrics", headers)
        #expect(head.status == 200)
        #expect(head.header("content-length") == String(full.body.count))
        #expect(head.header("content-type") == full.header("content-type"))
      }
      let raw = try await peer.exchange(
        "HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(raw.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `many scrapes at once each get a whole page that is not older than they are`()
    async throws
  {
    let agent = FakeAgent(
      mcps: (0..<300).map { number in .named("server-\(number)") { $0.probed(.ok) } })
    try await serving(agent) { peer in
      try await withThrowingTaskGroup(of: Void.self) { scrapes in
        for round in 0..<40 {
          scrapes.addTask {
            let mark = agent.script.withLock { script in
              script.mcps[0].consecutiveFailures += 1
              return script.mcps[0].consecutiveFailures
            }
            let page = try await peer.get(
              "/metrics", round % 2 == 0 ? ["Accept-Encoding: gzip"] : [])
            let text = String(
              decoding: round % 2 == 0 ? try await gunzip(page.body) : page.body, as: UTF8.self)
            let line = try #require(
              text.split(separator: "\n").first {
                $0.hasPrefix(#"mcp_consecutive_failures{mcp="server-0"}"#)
              })
            let seen = try #require(line.split(separator: " ").last.flatMap { Int($0) })
            #expect(seen >= mark)
          }
        }
        try await scrapes.waitForAll()
      }
    }
  }

  @Test func `pages that nobody takes are bounded`() async throws {
    let agent = FakeAgent(mcps: (0..<3000).map { .named("server-\($0)") })
    try await serving(agent, { $0.bounds.pageBytes = 1 }) { peer in
      // One that meets our own scrape is answered 503 itself, so there are more of them.
      var stopped: [Kept] = []
      try await until("a refusal") {
        if stopped.count < 100 { stopped.append(try await peer.stoppedReader(asking: 20)) }
        return try await peer.get("/metrics").status == 503
      }
      try await peer.get("/-/healthy").expect(status: 200)
      withExtendedLifetime(stopped) {}
    }
  }
}

struct GzipTests {
  @Test func `only what changed is compressed again`() async throws {
    let gzip = Gzip()
    var blocks = (0..<20).map { block in
      (0..<2000).flatMap { Array("series_\(block)_\($0) \($0 * block)\n".utf8) }
    }
    let first = try #require(gzip.stream(of: blocks, format: .text004))
    #expect(first.reused == 0)
    blocks[7] += Array("one_more 1\n".utf8)
    let second = try #require(gzip.stream(of: blocks, format: .text004))
    #expect(second.reused == 19)
    #expect(
      try await gunzip(second.parts.flatMap { Array($0.readableBytesView) })
        == Array(blocks.joined()))
    // A block that came from nowhere moves the others, and they are still known.
    blocks.insert(Array("new 1\n".utf8), at: 0)
    let third = try #require(gzip.stream(of: blocks, format: .text004))
    #expect(third.reused == 20)
    #expect(
      try await gunzip(third.parts.flatMap { Array($0.readableBytesView) })
        == Array(blocks.joined()))
    // Formats are apart, and what was not in the last page is forgotten.
    #expect(gzip.stream(of: blocks, format: .openMetrics100)?.reused == 0)
    #expect(gzip.stream(of: [blocks[3]], format: .text004)?.reused == 1)
    #expect(gzip.stream(of: blocks, format: .text004)?.reused == 1)
  }

  @Test func `blocks that differ in one byte are told apart`() async throws {
    let gzip = Gzip()
    var block = Array("abcdefghijklmnopq\n".utf8)
    for index in block.indices {
      block[index] ^= 1
      let stream = try #require(gzip.stream(of: [block], format: .text004))
      #expect(stream.reused == 0)
    }
  }

  @Test func `an empty page is a valid stream`() async throws {
    let stream = try #require(Gzip().stream(of: [], format: .text004))
    #expect(try await gunzip(stream.parts.flatMap { Array($0.readableBytesView) }) == [])
  }
}

/// What `gzip -dc` makes of it; it also checks the checksum and that nothing follows.
func gunzip(_ bytes: [UInt8]) async throws -> [UInt8] {
  try await offPool {
    let directory = FileManager.default.temporaryDirectory
    let name = UUID().uuidString
    let packed = directory.appending(path: "\(name).gz")
    let plain = directory.appending(path: name)
    defer {
      try? FileManager.default.removeItem(at: packed)
      try? FileManager.default.removeItem(at: plain)
    }
    try Data(bytes).write(to: packed)
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dk", packed.path]
    try gzip.run()
    gzip.waitUntilExit()
    guard gzip.terminationStatus == 0 else {
      throw RawClient.Failure(text: "gzip: \(gzip.terminationStatus)")
    }
    return [UInt8](try Data(contentsOf: plain))
  }
}

extension Gzip {
  /// The blocks as one stream.
  fileprivate func stream(of blocks: [[UInt8]], format: ExpositionFormat) -> Stream? {
    var pass = begin(format)
    for block in blocks { pass.append(block) }
    return finish(pass)
  }
}
