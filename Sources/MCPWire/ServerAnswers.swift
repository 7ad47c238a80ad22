/// A `result` object inside the bytes of the answer that holds it.
struct RPCResult: Equatable, Sendable {
  var bytes: [UInt8]
  var range: Range<Int>

  var reader: JSONReader { JSONReader(bytes, in: range) }
}

/// What `server/discover` and `initialize` tell.
struct ServerIntroduction: Equatable, Sendable {
  /// `supportedVersions` of `server/discover`; `nil` when it is no array.
  var supportedVersions: [String]?
  /// `protocolVersion` of `initialize`.
  var protocolVersion: String?
  var resultType: String?
  var capabilities = ServerMemory.Capabilities()
  var server: ServerIdentity?
  /// `nil`: not read.
  var texts: ServerTexts?

  /// `withTexts`: what the server says of itself is read to be compared too.
  init(_ result: RPCResult, withTexts: Bool) throws(JSONProblem) {
    var reader = result.reader
    var introduction = ServerIntroduction()
    var identity: Range<Int>?
    var instructions: Range<Int>?
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "supportedVersions": introduction.supportedVersions = try member.versions()
      case "protocolVersion": introduction.protocolVersion = try member.string(limit: 64)
      case "resultType": introduction.resultType = try member.string(limit: 64) ?? ""
      case "instructions" where try member.kind() == .string: instructions = try member.value()
      case "capabilities" where try member.kind() == .object:
        introduction.capabilities = try .init(reading: &member)
      case "serverInfo" where try member.kind() == .object: identity = try member.value()
      case "_meta" where try member.kind() == .object:
        try member.forEachMember { meta, key throws(JSONProblem) in
          guard key == "io.modelcontextprotocol/serverInfo", try meta.kind() == .object else {
            return
          }
          identity = try meta.value()
        }
      default: break
      }
    }
    if let identity {
      var member = JSONReader(result.bytes, in: identity)
      introduction.server = try .init(reading: &member)
    }
    if withTexts {
      introduction.texts = try ServerTexts(result.bytes, identity, instructions)
    }
    self = introduction
  }

  private init() {}

  /// Absent means complete; on these methods nothing else makes sense.
  var isComplete: Bool { resultType == nil || resultType == "complete" }
}

extension ServerTexts {
  /// Of an introduction, whose members are at these places.
  fileprivate init(
    _ bytes: [UInt8], _ identity: Range<Int>?, _ instructions: Range<Int>?
  ) throws(JSONProblem) {
    if let identity { self.identity = try ItemCollector.text(bytes, identity) }
    guard let instructions else { return }
    let digest = try ItemCollector.text(bytes, instructions).digest
    var reader = JSONReader(bytes, in: instructions)
    let text = try reader.string(limit: 4 * ListedText.shownBytesMax) ?? ""
    if !text.isEmpty { self.instructions = ListedText(digest: digest, of: text) }
  }
}

/// One page of a list.
struct ListPage: Equatable, Sendable {
  /// Items on this page; `nil` when the array is missing.
  var count: Int?
  /// `nextCursor` between its quotes, escapes and all: it goes back as it came.
  var cursor: [UInt8]?
  var cursorIsInvalid = false
  var resultType: String?
  /// Of the pages so far and of this one.
  var found: FoundItems

  /// `found`: of the pages before; `nil` when items are only counted.
  init(
    _ result: RPCResult, of list: CatalogueList, after found: FoundItems?
  ) throws(JSONProblem) {
    var reader = result.reader
    var page = ListPage(found: found ?? FoundItems())
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case list.member where try member.kind() == .array:
        page.found = found ?? FoundItems()
        var count = 0
        try member.forEachElement { element throws(JSONProblem) in
          count += 1
          if found != nil { try page.found.take(&element, of: list) }
        }
        page.count = count
      case "nextCursor" where try member.kind() != .null:
        let range = try member.rawString()
        page.cursor = range.map { Array(result.bytes[$0]) }
        page.cursorIsInvalid = range == nil
      case "resultType": page.resultType = try member.string(limit: 64) ?? ""
      default: break
      }
    }
    self = page
  }

  private init(found: FoundItems) { self.found = found }

  var isComplete: Bool { resultType == nil || resultType == "complete" }
}

extension ServerMemory.Capabilities {
  fileprivate init(reading reader: inout JSONReader) throws(JSONProblem) {
    var capabilities = Self()
    try reader.forEachMember { member, key throws(JSONProblem) in
      let isPresent = try member.kind() == .object
      switch key {
      case "tools": capabilities.tools = isPresent
      case "prompts": capabilities.prompts = isPresent
      case "resources": capabilities.resources = isPresent
      default: break
      }
    }
    self = capabilities
  }
}

extension ServerIdentity {
  /// Longest name and version kept, in characters.
  static let lengthMax = 100

  fileprivate init(reading reader: inout JSONReader) throws(JSONProblem) {
    var name = ""
    var version = ""
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "name": name = try member.string() ?? ""
      case "version": version = try member.string() ?? ""
      default: break
      }
    }
    self.init(
      name: PlainText.cleaned(name, limit: Self.lengthMax),
      version: PlainText.cleaned(version, limit: Self.lengthMax))
  }
}
