/// Makes a tree of YAML. Reports equal keys, nesting that is too deep, more values than are read
/// and, unless the file may share them, anchors, aliases and tags.
struct TreeComposer {
  static let depthLimit = 32
  /// Values of a tree. Long texts count for more; an alias counts as all that it stands for.
  static let sizeLimit = 1_000_000

  let events: YAMLEvents
  let findings: Findings
  /// Anchors, aliases, merge keys and tags are taken as Go's reader takes them.
  let sharesValues: Bool
  var anchors: [String: Anchor] = [:]
  /// What counts towards `sizeLimit` so far.
  var size = 0
  /// The deepest level since it was last lowered.
  var deepest = 0
  private var trail: [Step] = []

  private enum Step {
    case key(String)
    case index(Int)
  }

  init(_ text: String, findings: Findings, sharesValues: Bool = false) {
    events = YAMLEvents(text)
    self.findings = findings
    self.sharesValues = sharesValues
  }

  /// The root of the only document; `nil` when the text holds nothing.
  mutating func compose() throws(YAMLSyntaxError) -> Node? {
    _ = try events.next()  // the start of the stream
    guard try events.next().kind == .documentStart else { return nil }
    let root = try node(from: events.next(), depth: 1)
    _ = try events.next()  // the end of the document
    let after = try events.next()
    if after.kind == .documentStart && sharesValues {
      findings.warn("a second document, which is not read", at: after.place, path: "")
    } else if after.kind == .documentStart {
      findings.report("a second document; a configuration is one document", at: after.place)
    }
    return root
  }

  private mutating func node(
    from event: YAMLEvent, depth: Int
  ) throws(YAMLSyntaxError) -> Node {
    checkMarks(event)
    if case .alias(let name) = event.kind {
      return sharesValues
        ? aliased(name, at: event.place, depth: depth) : refused("aliases are not supported", event)
    }
    let (before, above) = (size, deepest)
    if let name = event.anchor { anchors[name] = .open }
    deepest = depth
    let node = try content(of: event, depth: depth)
    if let name = event.anchor {
      anchors[name] = .complete(node, size: size - before, height: deepest - depth)
    }
    deepest = max(deepest, above)
    return node
  }

  private mutating func content(
    of event: YAMLEvent, depth: Int
  ) throws(YAMLSyntaxError) -> Node {
    guard case .scalar(let text, let isPlain) = event.kind else {
      guard depth <= Self.depthLimit else {
        report("nested deeper than \(Self.depthLimit) levels", at: event.place)
        try skip()
        return Node(content: .refused, place: event.place)
      }
      count(1, at: event.place)
      let content =
        event.kind == .listStart ? try list(depth: depth) : try mapping(depth: depth)
      return Node(content: content, place: event.place)
    }
    count(1 + text.utf8.count / 16, at: event.place)
    let isText = event.tag.map { $0 == "!" || $0 == Self.textTag } ?? !isPlain
    return Node(
      content: .scalar(text, isPlain: !isText), place: event.place, inset: event.inset)
  }

  private mutating func list(depth: Int) throws(YAMLSyntaxError) -> Node.Content {
    var items: [Node] = []
    var event = try events.next()
    while event.kind != .listEnd {
      trail.append(.index(items.count))
      items.append(try node(from: event, depth: depth + 1))
      trail.removeLast()
      guard size <= Self.sizeLimit else {
        try skip()
        return .refused
      }
      event = try events.next()
    }
    return .list(items)
  }

  private mutating func mapping(depth: Int) throws(YAMLSyntaxError) -> Node.Content {
    var entries: [Node.Entry] = []
    var lines: [String: Int] = [:]
    var sources: [Node] = []
    var event = try events.next()
    while event.kind != .mappingEnd {
      let key = try key(from: event)
      trail.append(.key(key ?? ""))
      let value = try node(from: events.next(), depth: depth + 1)
      if let key, let line = lines[key] {
        report(Self.twice(key, line, sharesValues), at: event.place)
      } else if let key {
        lines[key] = event.place.line
        if sharesValues && event.kind == .scalar("<<", isPlain: true) {
          sources = mappings(toMerge: value)
        } else {
          entries.append(Node.Entry(key: key, place: event.place, value: value))
        }
      }
      trail.removeLast()
      guard size <= Self.sizeLimit else {
        try skip()
        return .refused
      }
      event = try events.next()
    }
    return .mapping(sources.isEmpty ? entries : Self.merged(entries, with: sources))
  }

  private static func twice(_ key: String, _ line: Int, _ inGoWords: Bool) -> String {
    guard inGoWords else { return "set twice, first on line \(line)" }
    return "mapping key \(key.shown) already defined at line \(line)"
  }

  /// `nil` when it is no text, which is reported.
  private mutating func key(from event: YAMLEvent) throws(YAMLSyntaxError) -> String? {
    checkMarks(event)
    if case .scalar(let text, let isPlain) = event.kind {
      count(1 + text.utf8.count / 16, at: event.place)
      if let name = event.anchor {
        let node = Node(content: .scalar(text, isPlain: isPlain), place: event.place)
        anchors[name] = .complete(node, size: 1 + text.utf8.count / 16, height: 0)
      }
      return text
    }
    if case .alias(let name) = event.kind {
      if let text = aliasedKey(name, at: event.place) { return text }
    } else {
      try skip()
    }
    report("a key must be plain text", at: event.place)
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

  private func refused(_ message: String, _ event: YAMLEvent) -> Node {
    report(message, at: event.place)
    return Node(content: .refused, place: event.place)
  }

  func report(_ message: String, at place: Place) {
    let path = trail.reduce(into: "") { path, step in
      switch step {
      case .key(let key): path = path.joined(key: key)
      case .index(let index): path += "[\(index)]"
      }
    }
    findings.report(message, at: place, path: path)
  }
}
