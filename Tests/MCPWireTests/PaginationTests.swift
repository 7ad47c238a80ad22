import MCPWire
import TestSupport
import Testing

@Suite("Lists in pages")
struct PaginationTests {
  /// A stateless server with tools only; `page` makes the result of the nth page.
  private func server(_ page: @escaping (Int, ProbeRequest) -> String) -> ScriptedServer {
    var pages = 0
    return ScriptedServer { request in
      if request.stage == .discover {
        return Say.result(1, #"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
      }
      pages += 1
      return Say.result(1, page(pages, request))
    }
  }

  @Test("pages are read to the end and cursors sent back as they came")
  func pages() throws {
    let cursors = [#""#, #"a\"b\\\u00e9"#, "é"]
    let probe = try run(
      server { page, _ in
        page <= 3 ? #"{"tools":[1,2],"nextCursor":"\#(cursors[page - 1])"}"# : #"{"tools":[3]}"#
      }, ServerMemory(), .catalogue)
    #expect(probe.stages == [.discover, .toolsList, .toolsList, .toolsList, .toolsList])
    #expect(probe.result.catalogue?.tools == 7)
    #expect(!probe.requests[1].text.contains("cursor"))
    for (request, cursor) in zip(probe.requests.dropFirst(2), cursors) {
      #expect(request.text.contains(#""params":{"cursor":"\#(cursor)","_meta":{"#))
    }
  }

  @Test("in a session too")
  func legacyPages() throws {
    let legacy = LegacyServer()
    legacy.capabilities = #"{"prompts":{}}"#
    var pages = 0
    let server = ScriptedServer { request in
      guard request.stage == .promptsList else { return legacy.answer(request) }
      pages += 1
      return Say.result(
        request.id ?? 0,
        pages == 1 ? #"{"prompts":[1],"nextCursor":"n"}"# : #"{"prompts":[2],"nextCursor":null}"#)
    }
    let probe = try run(server, legacy.memory(), .catalogue)
    #expect(probe.result.catalogue == CatalogueCounts(prompts: 2))
    #expect(
      probe.requests.last?.text
        == #"{"jsonrpc":"2.0","id":4,"method":"prompts/list","params":{"cursor":"n"}}"#)
  }

  @Test("a cursor that comes back ends it")
  func repeated() throws {
    let probe = try run(
      server { _, _ in #"{"tools":[1,2],"nextCursor":"same"}"# }, ServerMemory(), .catalogue)
    #expect(probe.stages == [.discover, .toolsList, .toolsList])
    #expect(probe.result.outcome == .paginationLoop)
    #expect(probe.result.verdict == .neutral)
    #expect(probe.result.catalogue == nil)
    #expect(probe.result.detail.contains("at least 4 items"))
  }

  @Test("a hundred pages are enough")
  func hundredPages() throws {
    let probe = try run(
      server { page, _ in #"{"tools":[1],"nextCursor":"\#(page)"}"# }, ServerMemory(), .catalogue)
    #expect(probe.requests.count == 101)
    #expect(probe.result.outcome == .paginationLoop)
    let exactly = try run(
      server { page, _ in page < 100 ? #"{"tools":[1],"nextCursor":"\#(page)"}"# : #"{"tools":[1]}"#
      },
      ServerMemory(), .catalogue)
    #expect(exactly.result.catalogue?.tools == 100)
  }

  @Test("ten thousand items are enough, unless they are all")
  func tenThousandItems() throws {
    let items = Array(repeating: "1", count: 5000).joined(separator: ",")
    let probe = try run(
      server { page, _ in #"{"tools":[\#(items)],"nextCursor":"\#(page)"}"# },
      ServerMemory(), .catalogue)
    #expect(probe.requests.count == 3)
    #expect(probe.result.outcome == .paginationLoop)
    let all = try run(
      server { _, _ in #"{"tools":[\#(items),\#(items),\#(items)]}"# }, ServerMemory(), .catalogue)
    #expect(all.result.catalogue?.tools == 15_000)
  }

  @Test("sixteen MiB in all are enough")
  func sixteenMebibytes() throws {
    let padding = String(repeating: "x", count: 9 << 20)
    let probe = try run(
      server { page, _ in #"{"tools":["\#(padding)"],"nextCursor":"\#(page)"}"# },
      ServerMemory(), .catalogue)
    #expect(probe.requests.count == 3)
    #expect(probe.requests[2].bodyLimit < 7 << 20)
    #expect(probe.result.outcome == .paginationLoop)
    let single = try run(
      server { _, _ in #"{"tools":["\#(padding)\#(padding)"]}"# }, ServerMemory(), .catalogue)
    #expect(single.result.outcome == .responseTooLarge)
    #expect(single.result.verdict == .neutral)
  }

  @Test("a cursor beyond reason ends it")
  func hugeCursor() throws {
    let cursor = String(repeating: "c", count: 100_000)
    let probe = try run(
      server { _, _ in #"{"tools":[],"nextCursor":"\#(cursor)"}"# }, ServerMemory(), .catalogue)
    #expect(probe.requests.count == 2)
    #expect(probe.result.outcome == .paginationLoop)
  }

  @Test(
    "a page must have its array and a proper cursor",
    arguments: [
      "{}", #"{"tools":{}}"#, #"{"tools":null}"#, #"{"prompts":[]}"#,
      #"{"tools":[],"nextCursor":7}"#, #"{"tools":[],"nextCursor":{}}"#,
    ])
  func invalid(page: String) throws {
    let probe = try run(server { _, _ in page }, ServerMemory(), .catalogue)
    #expect(probe.result.outcome == .resultInvalid)
    #expect(probe.result.stage == .toolsList)
    #expect(probe.result.catalogue == nil)
  }

  @Test("a list may come as a stream in any cut")
  func streamed() throws {
    for chunk in [1, 7, 64, 5000] {
      var plain = server { _, _ in #"{"tools":[{"name":"a"},{"name":"b"}]}"# }
      let reply = plain.reply
      plain.chunk = chunk
      plain.reply = { request in
        let json = reply(request)
        var streamed = Reply.event(String(decoding: json.body, as: UTF8.self))
        streamed.body = Array("id: 1\ndata: \nretry: 500\n\n: ping\n\n".utf8) + streamed.body
        return streamed
      }
      #expect(try run(plain, ServerMemory(), .catalogue).result.catalogue?.tools == 2)
    }
  }
}
