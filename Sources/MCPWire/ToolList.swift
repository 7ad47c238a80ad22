/// The tools of one server as its pages list them: cleaned, within bounds, a name once.
struct ToolList: Equatable, Sendable {
  static let toolsMax = 1000
  /// Of all texts together, in UTF-8.
  static let bytesMax = 1 << 20
  /// In Unicode scalars.
  static let nameMax = 255
  static let descriptionBytesMax = 16 << 10
  static let schemaBytesMax = 64 << 10

  private(set) var tools: [ToolListing] = []
  /// Tools or schemas that did not fit.
  private(set) var leftOut = 0
  private var names: Set<String> = []
  private var bytes = 0

  /// Takes the element that comes next; whatever is no object with a name is none.
  mutating func take(_ element: inout JSONReader) throws(JSONProblem) {
    guard try element.kind() == .object else { return }
    var name = ""
    var description: String?
    var schema: Range<Int>?
    try element.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "name": name = try member.string() ?? ""
      case "description":
        // A little more than is kept: what is cleaned away takes no room.
        description = try member.string(limit: 2 * Self.descriptionBytesMax)
      case "inputSchema" where try member.kind() == .object: schema = try member.value()
      default: break
      }
    }
    append(
      name: PlainText.cleaned(name, limit: Self.nameMax),
      description: description.map {
        PlainText.cleanedLines($0, bytesMax: Self.descriptionBytesMax)
      },
      schema: schema.map { element.bytes[$0] })
  }

  private mutating func append(name: String, description: String?, schema: ArraySlice<UInt8>?) {
    guard !name.isEmpty, !names.contains(name) else { return }
    var tool = ToolListing(name: name, description: description)
    if let schema {
      tool.inputSchema =
        schema.count <= Self.schemaBytesMax ? String(validating: schema, as: UTF8.self) : nil
      if tool.inputSchema == nil { leftOut += 1 }
    }
    guard tools.count < Self.toolsMax, bytes + tool.byteCount <= Self.bytesMax else {
      leftOut += 1
      return
    }
    names.insert(name)
    bytes += tool.byteCount
    tools.append(tool)
  }
}

extension ToolListing {
  /// Bytes of its texts.
  package var byteCount: Int {
    name.utf8.count + (description?.utf8.count ?? 0) + (inputSchema?.utf8.count ?? 0)
  }
}
