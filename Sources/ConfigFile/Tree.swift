/// A configuration file as typed, with the place of everything.
struct Node {
  enum Content {
    case scalar(String, isPlain: Bool)
    case list([Node])
    case mapping([Entry])
    /// Already reported, and so taken for neither right nor wrong.
    case refused
  }

  struct Entry {
    var key: String
    var place: Place
    var value: Node
  }

  var content: Content
  var place: Place

  /// Nothing after the colon, `~` or `null`.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null"].contains(text)
  }
}

/// Makes a tree of YAML. Reports equal keys, anchors, aliases, tags and nesting that is too deep.
struct TreeComposer {
  static let depthLimit = 32

  private let events: YAMLEvents
  private let findings: Findings
  private var trail: [Step] = []

  private enum Step {
    case key(String)
    case index(Int)
  }

  init(_ text: String, findings: Findings) {
    events = YAMLEvents(text)
    self.findings = findings
  }

  /// The root of the only document; `nil` when the text holds nothing.
  mutating func compose() throws(YAMLSyntaxError) -> Node? {
    _ = try events.next()  // the start of the stream
    guard try events.next().kind == .documentStart else { return nil }
    let root = try node(from: events.next(), depth: 1)
    _ = try events.next()  // the end of the document
    let after = try events.next()
    if after.kind == .documentStart {
      findings.report("a second document; a configuration is one document", at: after.place)
    }
    return root
  }

  private mutating func node(
    from event: YAMLEvent, depth: Int
  ) throws(YAMLSyntaxError) -> Node {
    if event.hasAnchor { report("anchors are not supported", at: event.place) }
    if event.hasTag { report("tags are not supported", at: event.place) }
    switch event.kind {
    case .scalar(let text, let isPlain):
      return Node(content: .scalar(text, isPlain: isPlain), place: event.place)
    case .listStart, .mappingStart:
      guard depth <= Self.depthLimit else {
        report("nested deeper than \(Self.depthLimit) levels", at: event.place)
        try skip()
        return Node(content: .refused, place: event.place)
      }
      let content =
        event.kind == .listStart ? try list(depth: depth) : try mapping(depth: depth)
      return Node(content: content, place: event.place)
    default:
      report("aliases are not supported", at: event.place)
      return Node(content: .refused, place: event.place)
    }
  }

  private mutating func list(depth: Int) throws(YAMLSyntaxError) -> Node.Content {
    var items: [Node] = []
    var event = try events.next()
    while event.kind != .listEnd {
      trail.append(.index(items.count))
      items.append(try node(from: event, depth: depth + 1))
      trail.removeLast()
      event = try events.next()
    }
    return .list(items)
  }

  private mutating func mapping(depth: Int) throws(YAMLSyntaxError) -> Node.Content {
    var entries: [Node.Entry] = []
    var lines: [String: Int] = [:]
    var event = try events.next()
    while event.kind != .mappingEnd {
      let key = try key(from: event)
      trail.append(.key(key ?? ""))
      let value = try node(from: events.next(), depth: depth + 1)
      if let key, let line = lines[key] {
        report("set twice, first on line \(line)", at: event.place)
      } else if let key {
        lines[key] = event.place.line
        entries.append(Node.Entry(key: key, place: event.place, value: value))
      }
      trail.removeLast()
      event = try events.next()
    }
    return .mapping(entries)
  }

  /// `nil` when it is no text, which is reported.
  private mutating func key(from event: YAMLEvent) throws(YAMLSyntaxError) -> String? {
    if case .scalar(let text, _) = event.kind {
      if event.hasAnchor { report("anchors are not supported", at: event.place) }
      if event.hasTag { report("tags are not supported", at: event.place) }
      return text
    }
    report("a key must be plain text", at: event.place)
    if event.kind != .alias { try skip() }
    return nil
  }

  /// Reads to the end of the list or mapping that has just begun.
  private func skip() throws(YAMLSyntaxError) {
    var open = 1
    while open > 0 {
      switch try events.next().kind {
      case .listStart, .mappingStart: open += 1
      case .listEnd, .mappingEnd: open -= 1
      default: break
      }
    }
  }

  private func report(_ message: String, at place: Place) {
    let path = trail.reduce(into: "") { path, step in
      switch step {
      case .key(let key): path = path.joined(key: key)
      case .index(let index): path += "[\(index)]"
      }
    }
    findings.report(message, at: place, path: path)
  }
}

extension String {
  /// The path of `key` below this path; a key of odd characters is cleaned, cut and quoted.
  func joined(key: String) -> String {
    let isWord = key.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
    if isWord && !key.isEmpty && key.utf8.count <= 64 { return isEmpty ? key : "\(self).\(key)" }
    var quoted = String.UnicodeScalarView()
    for scalar in key.unicodeScalars.prefix(64) {
      quoted.append(scalar.isControl || scalar == "\"" ? "?" : scalar)
    }
    return "\(self)[\"\(String(quoted))\"]"
  }
}
