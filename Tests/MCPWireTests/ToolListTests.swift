import MCPWire
import TestSupport
import Testing

@Suite("Tools of a listing")
struct ToolListTests {
  /// A stateless server whose `tools/list` gives these pages.
  private func list(
    _ pages: [String], _ purpose: ProbePurpose = .catalogue, capabilities: String = #"{"tools":{}}"#
  ) throws -> ProbeResult {
    var page = 0
    let server = ScriptedServer { request in
      if request.stage == .discover {
        return Say.result(
          1, #"{"supportedVersions":["2026-07-28"],"capabilities":\#(capabilities)}"#)
      }
      page += 1
      let next = page < pages.count ? #","nextCursor":"\#(page)""# : ""
      return Say.result(1, #"{"tools":[\#(pages[page - 1])]\#(next)}"#)
    }
    return try run(server, ServerMemory(), purpose).result
  }

  @Test("name, description and schema, over all pages")
  func whole() throws {
    let result = try list([
      #"{"name":"a","description":"x\ny","inputSchema":{"type": "object", "x":[1,{}]},"z":{}}"#,
      #"{"inputSchema":{},"name":"b"},{"name":"c","description":null,"inputSchema":null}"#,
    ])
    #expect(
      result.tools == [
        ToolListing(
          name: "a", description: "x\ny", inputSchema: #"{"type": "object", "x":[1,{}]}"#),
        ToolListing(name: "b", inputSchema: "{}"), ToolListing(name: "c"),
      ])
    #expect(result.warnings == [])
  }

  @Test("only a listing of the whole catalogue gives tools; a server without any gives none")
  func when() throws {
    #expect(try list([#"{"name":"a"}"#], .liveness).tools == nil)
    #expect(try list(["1"], capabilities: "{}").tools == [])
    #expect(try list(["{}", "!"]).tools == nil)
  }

  @Test(
    "odd elements are left out, hostile texts cleaned",
    arguments: [
      (#"1,null,[],{},{"name":7},{"name":""},{"name":" \u0000\u200b"}"#, []),
      (#"{"name":"a"},{"name":"a","description":"again"}"#, [ToolListing(name: "a")]),
      (#"{"name":" a\u0000\tb\u202e "}"#, [ToolListing(name: "a b")]),
      (
        #"{"name":"a","description":"1\u0000\r\n\t2\u0007\u0085\ud83d\ude00\ud800"}"#,
        [ToolListing(name: "a", description: "1\n\t2😀\u{fffd}")]
      ),
      (#"{"name":"a","description":7,"inputSchema":"{}"}"#, [ToolListing(name: "a")]),
      (#"{"name":"a","inputSchema":[1]}"#, [ToolListing(name: "a")]),
    ] as [(String, [ToolListing])])
  func odd(page: String, tools: [ToolListing]) throws {
    let result = try list([page])
    #expect(result.tools == tools)
    #expect(result.warnings == [])
  }

  @Test("long texts are cut, long schemas left out")
  func long() throws {
    let name = String(repeating: "é", count: 300)
    let text = String(repeating: "é\\u0001", count: 20_000)
    let schema = #"{"x":"\#(String(repeating: "y", count: 65_536))"}"#
    let fits = #"{"x":"\#(String(repeating: "y", count: 65_528))"}"#
    let result = try list([
      #"{"name":"\#(name)","description":"\#(text)","inputSchema":\#(schema)}"#,
      #"{"name":"b","inputSchema":\#(fits)}"#,
    ])
    #expect(result.tools?.first?.name == String(repeating: "é", count: 255))
    #expect(result.tools?.first?.description?.utf8.count == 16_384)
    #expect(result.tools?.first?.inputSchema == nil)
    #expect(result.tools?.last?.inputSchema?.utf8.count == 65_536)
    #expect(result.warnings == [.toolsLeftOut])
  }

  @Test("a thousand tools and a mebibyte are kept, and all are counted")
  func many() throws {
    let page = (0..<700).map { #"{"name":"t\#($0)"}"# }.joined(separator: ",")
    let other = (700..<1400).map { #"{"name":"t\#($0)"}"# }.joined(separator: ",")
    let result = try list([page, other])
    #expect(result.catalogue?.tools == 1400)
    #expect(result.tools?.count == 1000)
    #expect(result.warnings == [.toolsLeftOut])

    let text = String(repeating: "d", count: 16_384)
    let large = (0..<100).map { #"{"name":"t\#($0)","description":"\#(text)"}"# }
    let bounded = try list([large.joined(separator: ",")])
    #expect(bounded.tools?.count == 63)
    #expect(bounded.warnings == [.toolsLeftOut])
  }

  @Test("a schema that is not UTF-8 is left out")
  func invalid() throws {
    let server = ScriptedServer { request in
      if request.stage == .discover {
        return Say.result(1, #"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
      }
      var reply = Say.result(1, #"{"tools":[{"name":"a","inputSchema":{"x":"?"}}]}"#)
      if let place = reply.body.lastIndex(of: UInt8(ascii: "?")) { reply.body[place] = 0xff }
      return reply
    }
    let result = try run(server, ServerMemory(), .catalogue).result
    #expect(result.tools == [ToolListing(name: "a")])
    #expect(result.warnings == [.toolsLeftOut])
  }
}
