import Foundation
import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Event streams")
struct EventStreamTests {
  private func events(in body: [UInt8], chunk: Int, limit: Int = 1 << 20) -> [String] {
    var parser = EventStreamParser(limit: limit)
    var found: [String] = []
    var start = 0
    while start < body.count {
      let end = min(start + chunk, body.count)
      let span = body.span.extracting(start..<end)
      var position = 0
      while let event = parser.next(in: span, from: &position) {
        found.append(String(decoding: event, as: UTF8.self))
      }
      start = end
    }
    if let event = parser.finish() {
      found.append("unterminated " + String(decoding: event, as: UTF8.self))
    }
    return found
  }

  @Test(
    "events come out by the rules, in any cut",
    arguments: [
      ("data: a\n\n", ["a"]),
      ("data:a\n\ndata:  b\n\n", ["a", " b"]),
      ("data: a\r\rdata: b\r\n\r\ndata: c\n\r\n", ["a", "b", "c"]),
      ("data: a\ndata: b\ndata\n\n", ["a\nb\n"]),
      ("data\n\n", []),
      ("data:\ndata:\n\n", ["\n"]),
      ("\u{feff}data: a\n\n", ["a"]),
      ("\u{feff}: hello\ndata: a\n\n", ["a"]),
      ("\u{feff}event: message\ndata: a\n\n", ["a"]),
      ("\u{feff}\u{feff}data: a\n\ndata: b\n\n", ["b"]),
      ("data: a\n\n\u{feff}data: b\n\n", ["a"]),
      (": comment\n:\ndata: a\n: more\n\n", ["a"]),
      ("id: 1\ndata: \nretry: 500\n\ndata: b\n\n", ["b"]),
      ("event: other\ndata: a\n\ndata: b\n\n", ["b"]),
      ("event: other\nevent: message\ndata: a\n\n", ["a"]),
      ("event:\ndata: a\n\n", ["a"]),
      ("event\ndata: a\n\n", ["a"]),
      ("event: messages\ndata: a\n\n", []),
      ("event: message-that-is-longer-than-any\ndata: a\n\n", []),
      ("datax: a\nDATA: b\n data: c\ndata : d\ndata: e\n\n", ["e"]),
      ("dataaaaaaaaaaaaaaaaa: a\ndata: b\n\n", ["b"]),
      ("\n\n\ndata: a\n\n\n", ["a"]),
      ("data: a", ["unterminated a"]),
      ("data: a\n", ["unterminated a"]),
      ("data: a\n\nda", ["a"]),
      ("data: a:b: c\n\n", ["a:b: c"]),
      ("data: é😀\n\n", ["é😀"]),
      ("", []),
      ("event: other\ndata: a", []),
    ] as [(String, [String])])
  func rules(body: String, expected: [String]) {
    for chunk in [1, 2, 3, 5, 7, 4096] {
      #expect(events(in: Array(body.utf8), chunk: chunk) == expected, "chunk \(chunk)")
    }
  }

  @Test("an event over its bound ends it all")
  func bound() {
    let body = Array("data: 12345\n\ndata: 123456\n\ndata: 1\n\n".utf8)
    for chunk in [1, 4, 100] {
      #expect(events(in: body, chunk: chunk, limit: 5) == ["12345"])
    }
    let lines = Array(("data\n" + String(repeating: "data:\n", count: 9)).utf8)
    #expect(events(in: lines, chunk: 8, limit: 5) == [])
  }

  @Test("the hand-made cases, at every chunk size from 1 to 1000")
  func synthetic() throws {
    guard let cases = SharedCases.data("mcp-transcripts/SYNTHETIC-sse-edge-cases.json") else {
      print("skipped: no ../shared/cases/mcp-transcripts here")
      return
    }
    struct File: Decodable {
      struct Case: Decodable {
        var name: String
        var body: String
        var expect: [String: Int]?
      }
      var cases: [Case]
    }
    let file = try JSONDecoder().decode(File.self, from: cases)
    #expect(file.cases.count == 9)
    for sample in file.cases {
      for chunk in 1...1000 {
        let result = StreamedPing.answer(body: Array(sample.body.utf8), chunk: chunk)
        let expected: ProbeOutcome = sample.expect == nil ? .sseClosed : .ok
        #expect(result.outcome == expected, "\(sample.name), chunk \(chunk)")
        if result.outcome != expected { break }
      }
    }
  }
}

/// A ping with id 7 answered by an event stream.
enum StreamedPing {
  static func answer(body: [UInt8], chunk: Int) -> ProbeResult {
    var memory = ServerMemory()
    memory.transport = .streamableHTTP
    memory.protocolVersion = "2025-03-26"
    memory.sessionID = "s"
    memory.lastRequestID = 6
    memory.detectedAt = .init(elapsed: .seconds(1_000_000))
    var script = ProbeScript(
      target: ProbeTarget(url: "http://mcp.test/mcp"), memory: memory, purpose: .liveness,
      clientVersion: "0", now: .init(elapsed: .seconds(1_000_000)))
    _ = script.next()
    var head = ResponseHead(status: 200)
    head.contentType = "text/event-stream"
    script.received(head: head)
    var start = 0
    while start < body.count {
      let end = min(start + chunk, body.count)
      if script.received(body: body.span.extracting(start..<end)) != .more { break }
      start = end
    }
    script.finished(.complete(redirectURL: nil))
    guard case .finish(let result) = script.next() else { return ProbeResult(outcome: .cancelled) }
    return result
  }
}
