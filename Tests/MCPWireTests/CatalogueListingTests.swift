import MCPWire
import Signals
import TestSupport
import Testing

/// A stateless server with these lists; a list without an entry here is unknown to it.
private func listing(
  _ lists: [ProbeStage: String], instructions: String? = nil, server: String? = nil,
  capabilities: String = #"{"tools":{},"prompts":{},"resources":{}}"#
) throws -> CatalogueListing {
  let server = ScriptedServer { request in
    guard request.stage != .discover else {
      let words = instructions.map { #","instructions":\#($0)"# } ?? ""
      let info = server.map { #","serverInfo":\#($0)"# } ?? ""
      return Say.result(
        1,
        #"{"supportedVersions":["2026-07-28"],"capabilities":\#(capabilities)\#(words)\#(info)}"#)
    }
    guard let items = lists[request.stage] else { return Say.error(-32601) }
    return Say.result(1, items)
  }
  let result = try run(server, ServerMemory(), .catalogue).result
  return try #require(result.listing, "\(result.outcome) \(result.detail)")
}

private func tools(_ items: String...) throws -> CatalogueListing {
  try listing(
    [.toolsList: #"{"tools":[\#(items.joined(separator: ","))]}"#],
    capabilities: #"{"tools":{}}"#)
}

extension CatalogueChange {
  /// `schema_changed look: {"a":1} -> {"a":2}`.
  fileprivate var line: String {
    "\(kind.rawValue) \(item): \(before?.shown ?? "-") -> \(after?.shown ?? "-")"
  }
}

@Suite("What is kept of a listing")
struct CatalogueListingTests {
  @Test("all four lists, sorted, with what the server says of itself")
  func whole() throws {
    let found = try listing(
      [
        .toolsList: #"{"tools":[{"name":"b"},{"name":"a","description":"says\n a","title":"A"}]}"#,
        .promptsList: #"{"prompts":[{"name":"p"}]}"#,
        .resourcesList: #"{"resources":[{"uri":"file:///x","name":"X"}]}"#,
        .resourceTemplatesList: #"{"resourceTemplates":[{"uriTemplate":"file:///{n}"}]}"#,
      ], instructions: #""Be kind.""#, server: #"{"version":"1","name":"s"}"#)
    #expect(found.lists[.tools]?.items.map(\.name) == ["a", "b"])
    #expect(
      found.lists[.tools]?.items.first?.parts.map(\.shown) == ["A: says a", "", ""])
    #expect(found.lists[.prompts]?.items.map(\.name) == ["p"])
    #expect(found.lists[.resources]?.items.map(\.name) == ["file:///x"])
    #expect(found.lists[.resourceTemplates]?.items.map(\.name) == ["file:///{n}"])
    #expect(found.instructions?.shown == "Be kind.")
    #expect(found.server?.shown == #"{"name":"s","version":"1"}"#)
    #expect(CatalogueList.allCases.allSatisfy { found.lists[$0]?.isWhole == true })
  }

  @Test("a flood of others does not push what is known out of the baseline")
  func flooded() throws {
    let known = try tools(#"{"name":"zz","description":"harmless"}"#)
    let dummies = (0..<1500).map { #"{"name":"a\#($0)"}"# }.joined(separator: ",")
    let flood = try tools(dummies)
    #expect(flood.lists[.tools]?.isWhole == false)
    let baseline = known.updated(with: flood)
    #expect(baseline.lists[.tools]?.items.last?.name == "zz")
    let turned = try tools(#"{"name":"zz","description":"hostile"}"#)
    let changes = baseline.changes(to: turned).filter { $0.item == "zz" }
    #expect(changes.map(\.line) == ["description_changed zz: harmless -> hostile"])
  }

  @Test("fillers and variation selectors are shown by their number")
  func unseen() throws {
    let found = try tools(#"{"name":"a","description":"x\u3164y\ufe0fz"}"#)
    #expect(found.lists[.tools]?.items.first?.parts.first?.shown == "x<U+3164>y<U+FE0F>z")
  }

  @Test("an item beyond a mebibyte is compared as it was written")
  func hugeItem() throws {
    func item(_ a: Int, _ b: Int) -> String {
      let members = (0..<90_000).map { #""k\#($0)":\#($0)"# }
      let order = a < b ? members : members.reversed()
      return #"{"name":"a","inputSchema":{\#(order.joined(separator: ","))}}"#
    }
    let (one, other) = (try tools(item(0, 1)), try tools(item(1, 0)))
    #expect(one.changes(to: one).isEmpty)
    #expect(one.changes(to: other).map(\.kind) == [.schemaChanged])
  }

  @Test("templates that a server does not have are unknown; a list not advertised is empty")
  func missing() throws {
    let empty =
      [
        .toolsList: #"{"tools":[]}"#, .resourcesList: #"{"resources":[]}"#,
      ] as [ProbeStage: String]
    let found = try listing(empty, capabilities: #"{"tools":{},"resources":{}}"#)
    #expect(found.lists[.resourceTemplates] == nil)
    #expect(found.lists[.prompts] == ListedItems())
    #expect(found.lists[.resources] == ListedItems())
  }

  @Test("another failure of the templates is one")
  func templatesFail() throws {
    let server = ScriptedServer { request in
      switch request.stage {
      case .discover:
        Say.result(1, #"{"supportedVersions":["2026-07-28"],"capabilities":{"resources":{}}}"#)
      case .resourcesList: Say.result(1, #"{"resources":[]}"#)
      default: Say.error(-32603)
      }
    }
    let result = try run(server, ServerMemory(), .catalogue).result
    #expect(result.outcome == .jsonrpcError && result.stage == .resourceTemplatesList)
    #expect(result.listing == nil)
  }

  @Test("a session's server says its instructions once, and they stay known")
  func inASession() throws {
    let legacy = LegacyServer()
    let server = ScriptedServer { request in
      guard request.stage == .initialize else { return legacy.answer(request) }
      var reply = legacy.answer(request)
      let text = String(decoding: reply.body, as: UTF8.self)
      reply.body = Array(
        text.replacing(#""serverInfo""#, with: #""instructions":"hi","serverInfo""#).utf8)
      return reply
    }
    let memory = try run(server).result.memory
    let later = try run(server, memory, .catalogue)
    #expect(later.stages.first == .ping)
    #expect(later.result.listing?.instructions?.shown == "hi")
    #expect(later.result.listing?.server?.shown == #"{"name":"old","version":"1.2"}"#)
  }

  @Test("the order of members, spacing and the way to write a character change nothing")
  func canonical() throws {
    let one = try tools(
      #"{"name":"a","description":"é\n/","inputSchema":{"type":"object","x":{"b":1.0,"a":[1,2]}}}"#)
    let other = try tools(
      """
      { "inputSchema" : {"x": {"a":[ 1,2 ],"b":1.0}, "\\u0074ype":"object" },
        "name":"a","description":"\\u00e9\\u000a\\/" }
      """)
    #expect(one == other)
    #expect(one.changes(to: other) == [])
  }

  @Test(
    "whatever a reader could tell apart is a change",
    arguments: [
      (#""description":"x""#, #""description":"x\u200b""#, "description_changed a: x -> x<U+200B>"),
      (#""description":"x""#, #""description":"x ""#, "description_changed a: x -> x"),
      (#""description":"x""#, #""title":"x""#, "description_changed a: x -> x"),
      (#""description":"x""#, #""description":7"#, "description_changed a: x -> 7"),
      (
        #""description":"\ud800""#, #""description":"\ud801""#,
        "description_changed a: <U+FFFD> -> <U+FFFD>"
      ),
      (
        #""inputSchema":{"a":1}"#, #""inputSchema":{"a":1.0}"#,
        #"schema_changed a: inputSchema: {"a":1} -> inputSchema: {"a":1.0}"#
      ),
      (
        #""inputSchema":{"a":[1,2]}"#, #""inputSchema":{"a":[2,1]}"#,
        #"schema_changed a: inputSchema: {"a":[1,2]} -> inputSchema: {"a":[2,1]}"#
      ),
      (#""x":1"#, #""outputSchema":{}"#, "schema_changed a:  -> outputSchema: {}"),
      (
        #""annotations":{"readOnlyHint":true}"#, #""annotations":{"readOnlyHint":false}"#,
        #"annotations_changed a: annotations: {"readOnlyHint":true}"#
          + #" -> annotations: {"readOnlyHint":false}"#
      ),
    ])
  func told(before: String, after: String, line: String) throws {
    let old = try tools(#"{"name":"a",\#(before)}"#)
    let new = try tools(#"{"name":"a",\#(after)}"#)
    let lines = old.changes(to: new).map(\.line)
    let expected = line.replacing("<U+FFFD>", with: "\u{fffd}")
    #expect(lines == [expected])
  }

  @Test("names that look alike are two, and a name that comes twice counts with both")
  func names() throws {
    let plain = try tools(#"{"name":"look"}"#)
    let both = try tools(#"{"name":"look"}"#, #"{"name":"lo\u200bok","description":"evil"}"#)
    let lines = plain.changes(to: both).map(\.line)
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("tool_added lo ok #") == true, "\(lines)")
    let twice = try tools(#"{"name":"look"}"#, #"{"name":"look","description":"evil"}"#)
    #expect(
      plain.changes(to: twice).map(\.kind) == [
        .descriptionChanged, .schemaChanged, .annotationsChanged,
      ])
  }

  @Test("texts are cut, and differ all the same")
  func cut() throws {
    let long = String(repeating: "ä", count: 2000)
    let old = try tools(#"{"name":"a","description":"\#(long)"}"#)
    let new = try tools(#"{"name":"a","description":"\#(long)!"}"#)
    let change = try #require(old.changes(to: new).first)
    #expect(change.before?.shown.utf8.count == 1000)
    #expect(change.before?.shown == change.after?.shown)
    #expect(change.before?.digest != change.after?.digest)
  }
}

@Suite("Differences of two listings")
struct CatalogueChangeTests {
  private func items(_ names: [String], isWhole: Bool = true) -> ListedItems {
    ListedItems(
      items: names.map { name in
        let part = ListedText(digest: Digest(of: name.utf8), shown: name)
        return ListedItem(name: name, parts: [part, part, part])
      }, isWhole: isWhole)
  }

  private func tools(_ names: [String], isWhole: Bool = true) -> CatalogueListing {
    var listing = CatalogueListing()
    listing.lists[.tools] = items(names, isWhole: isWhole)
    return listing
  }

  @Test("what one of the two did not see is no difference")
  func incomplete() {
    let whole = tools(["a", "b"])
    let cut = tools(["a", "c"], isWhole: false)
    #expect(whole.changes(to: tools(["a", "c"])).map(\.kind) == [.toolAdded, .toolRemoved])
    #expect(whole.changes(to: cut).map(\.kind) == [.toolAdded])
    #expect(cut.changes(to: whole).map(\.kind) == [.toolRemoved])
    #expect(whole.changes(to: CatalogueListing()) == [])
    #expect(CatalogueListing().changes(to: whole) == [])
  }

  @Test("what a listing did not see stays known")
  func updated() {
    let kept = tools(["a", "b"]).updated(with: tools(["a", "c"], isWhole: false))
    #expect(kept == tools(["a", "b", "c"], isWhole: false))
    #expect(tools(["a"]).updated(with: CatalogueListing()) == tools(["a"]))
    #expect(tools(["a"]).updated(with: tools([])) == tools([]))
  }

  @Test("every kind there is, the gravest first")
  func kinds() {
    func listing(_ text: String, _ lists: [CatalogueList: [String]]) -> CatalogueListing {
      var listing = CatalogueListing()
      let text = ListedText(digest: Digest(of: text.utf8), shown: text)
      (listing.server, listing.instructions) = (text, text)
      for list in CatalogueList.allCases {
        let names = (lists[list] ?? []) + ["both"]
        var found = items(names)
        for place in found.items.indices where found.items[place].name == "both" {
          found.items[place].parts = Array(repeating: text, count: list.partCount)
        }
        listing.lists[list] = found
      }
      return listing
    }
    func all(_ name: String) -> [CatalogueList: [String]] {
      Dictionary(uniqueKeysWithValues: CatalogueList.allCases.map { ($0, [name]) })
    }
    let changes = listing("1", all("old")).changes(to: listing("2", all("new")))
    #expect(changes.map(\.kind) == CatalogueChangeKind.allCases)
  }
}
