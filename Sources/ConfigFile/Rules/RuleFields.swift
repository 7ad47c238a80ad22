import PromQL

/// The keys of a mapping in a rule file, read as Go's reader does: null is as good as absent, and
/// any scalar is a text.
struct RuleFields {
  let place: Place
  /// `group "mcp", rule 2, "McpDown"`, for problems.
  let path: String
  private let entries: [Node.Entry]
  private let findings: Findings

  /// `nil` when it is no mapping, which is reported.
  init?(_ node: Node, path: String, findings: Findings) {
    guard let entries = Self.entries(of: node, path, findings) else { return nil }
    (place, self.path, self.entries, self.findings) = (node.place, path, entries, findings)
  }

  private init(_ fields: Self, path: String) {
    (place, entries, findings) = (fields.place, fields.entries, fields.findings)
    self.path = path
  }

  /// The same fields with another path for their problems.
  func renamed(_ path: String) -> Self { Self(self, path: path) }

  func report(_ message: String, at place: Place? = nil, nearest: String? = nil) {
    findings.report(message, at: place ?? self.place, path: path, nearest: nearest)
  }

  func reportKeys(otherThan known: [String]) {
    for entry in entries where !known.contains(entry.key) {
      let name = entry.key.isWord ? entry.key : entry.key.shown
      report(
        "field \(name) not found (unknown key)", at: entry.place,
        nearest: Nearest.word(to: entry.key, among: known))
    }
  }

  func entry(_ key: String) -> Node.Entry? {
    entries.first { $0.key == key && !$0.value.isGoNull }
  }

  /// Text of at most `limit` bytes; empty when there is none.
  func text(_ key: String, atMost limit: Int) -> String {
    guard let entry = entry(key) else { return "" }
    return text(of: entry, atMost: limit) ?? ""
  }

  /// A duration of Prometheus; `nil` when there is none.
  func duration(_ key: String) -> Duration? {
    guard let entry = entry(key), let text = text(of: entry, atMost: 1024) else { return nil }
    if let duration = Duration(prometheus: text) { return duration }
    report(
      "\(key): "
        + (text.isEmpty ? "empty duration string" : "not a valid duration string: \(text.shown)"),
      at: entry.value.place)
    return nil
  }

  /// A list's nodes; none when there is no list.
  func items(_ key: String) -> [Node] {
    guard let entry = entry(key) else { return [] }
    switch entry.value.content {
    case .list(let nodes): return nodes
    case .refused: break
    default: report("\(key): expected a list", at: entry.value.place)
    }
    return []
  }

  /// Texts by name, such as labels.
  func texts(_ key: String) -> [Node.Entry] {
    guard let entry = entry(key),
      let entries = Self.entries(of: entry.value, "\(path): \(key)", findings)
    else { return [] }
    guard entries.count <= RuleReader.labelsLimit else {
      report("\(key): more than \(RuleReader.labelsLimit)", at: entry.value.place)
      return []
    }
    return entries
  }

  func whole(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let entry = entry(key) else { return nil }
    let context = Context(findings: findings, directory: "")
    return Value(node: entry.value, path: "\(path): \(key)", context: context).whole(in: range)
  }

  /// The entry's text of at most `limit` bytes, empty for null; `nil` when it is none.
  func text(of entry: Node.Entry, atMost limit: Int) -> String? {
    if entry.value.isGoNull { return "" }
    switch entry.value.content {
    case .scalar(let text, _) where text.utf8.count <= limit: return text
    case .scalar:
      report("\(entry.key.shown) is longer than \(limit) bytes", at: entry.value.place)
    case .list, .mapping: report("\(entry.key.shown): expected text", at: entry.value.place)
    case .refused: break
    }
    return nil
  }

  private static func entries(
    of node: Node, _ path: String, _ findings: Findings
  ) -> [Node.Entry]? {
    if node.isGoNull { return [] }
    switch node.content {
    case .mapping(let entries): return entries
    case .refused: break
    default: findings.report("expected a mapping", at: node.place, path: path)
    }
    return nil
  }
}

extension Node {
  /// Null as Go's reader knows it.
  var isGoNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

extension String {
  /// Letters, digits, `_` and `-` only, and not many.
  var isWord: Bool {
    !isEmpty && utf8.count <= 64
      && utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
  }

  /// In quotes as Go writes it, and cut when it is long.
  var shown: String {
    let scalars = unicodeScalars.prefix(201)
    return scalars.count <= 200 ? quoted : String(String.UnicodeScalarView(scalars)).quoted + "..."
  }
}
