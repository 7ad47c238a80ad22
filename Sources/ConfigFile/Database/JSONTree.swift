import MCPWire

/// Makes a tree of JSON, as `TreeComposer` does of YAML, which would take some of it otherwise:
/// surrogates, tabs, escaped slashes. Places in it count for nothing.
enum JSONTree {
  /// What is deeper is passed over unread.
  private static let depthLimit = 32
  private static let sizeLimit = 1 << 20

  /// The text's only value, or why there is none.
  static func compose(_ text: String) -> Result<Node, Refusal> {
    guard text.utf8.count <= sizeLimit else {
      return .failure(Refusal("larger than \(sizeLimit >> 10) KiB"))
    }
    var reader = JSONReader(Array(text.utf8))
    do throws(JSONProblem) {
      let node = try node(&reader, depth: 1)
      try reader.expectEnd()
      return .success(node)
    } catch {
      return .failure(
        Refusal("not JSON, or nested deeper than \(JSONReader.depthMax) levels"))
    }
  }

  private static func node(
    _ reader: inout JSONReader, depth: Int
  ) throws(JSONProblem) -> Node {
    let isNested: Bool
    switch try reader.kind() {
    case .object, .array: isNested = true
    default: isNested = false
    }
    if isNested && depth > depthLimit {
      try reader.skipValue()
      return Node(content: .refused, place: Place())
    }
    return Node(content: try content(&reader, depth: depth), place: Place())
  }

  private static func content(
    _ reader: inout JSONReader, depth: Int
  ) throws(JSONProblem) -> Node.Content {
    switch try reader.kind() {
    case .object:
      var entries: [Node.Entry] = []
      var indices: [String: Int] = [:]
      try reader.forEachMember { (reader, key) throws(JSONProblem) in
        let value = try node(&reader, depth: depth + 1)
        let entry = Node.Entry(key: key, place: Place(), value: value)
        // As in jsonb, the last of several counts.
        if let index = indices.updateValue(entries.count, forKey: key) {
          indices[key] = index
          entries[index] = entry
        } else {
          entries.append(entry)
        }
      }
      return .mapping(entries)
    case .array:
      var items: [Node] = []
      try reader.forEachElement { (reader) throws(JSONProblem) in
        items.append(try node(&reader, depth: depth + 1))
      }
      return .list(items)
    case .string: return .scalar(try reader.string(limit: sizeLimit) ?? "", isPlain: false)
    case .number, .bool, .null:
      let text = reader.text(of: try reader.value())
      return .scalar(text, isPlain: true)
    }
  }
}

/// Why something of the database is not taken, for a person; never shows a value.
struct Refusal: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}
