import Signals

/// A value that has a name, which later parts of the file may use in place of a value.
enum Anchor {
  /// Not read to its end yet.
  case open
  /// What it counts towards the limit of size, and its levels below the first.
  case complete(Node, size: Int, height: Int)
}

// Anchors, aliases, merge keys and tags. An alias shares the memory of what it stands for.
extension TreeComposer {
  static let textTag = "tag:yaml.org,2002:str"
  private static let knownTags: Set<String> = [
    "!", textTag, "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:null", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:map",
    "tag:yaml.org,2002:seq", "tag:yaml.org,2002:merge",
  ]

  /// Reports what the file may not have.
  func checkMarks(_ event: YAMLEvent) {
    if sharesValues {
      let isKnown = event.tag.map { Self.knownTags.contains($0) } ?? true
      if !isKnown { report("tag \((event.tag ?? "").shown) is not known", at: event.place) }
      return
    }
    if event.anchor != nil { report("anchors are not supported", at: event.place) }
    if event.tag != nil { report("tags are not supported", at: event.place) }
  }

  mutating func count(_ more: Int, at place: Place) {
    let wasWithin = size <= Self.sizeLimit
    size = size.addingSaturating(more)
    guard wasWithin && size > Self.sizeLimit else { return }
    report(
      "holds more than \(Self.sizeLimit) values, aliases counted as what they stand for", at: place)
  }

  /// The value that an alias stands for.
  mutating func aliased(_ name: String, at place: Place, depth: Int) -> Node {
    let refused = Node(content: .refused, place: place)
    switch anchors[name] {
    case .complete(let node, let size, let height):
      guard depth + height <= Self.depthLimit else {
        report("nested deeper than \(Self.depthLimit) levels", at: place)
        return refused
      }
      count(size, at: place)
      deepest = max(deepest, depth + height)
      return node
    case .open: report("anchor \(name.shown) value contains itself", at: place)
    case nil: report("unknown anchor \(name.shown) referenced", at: place)
    }
    return refused
  }

  /// The text that an alias in a key's place stands for; `nil` when it is none.
  mutating func aliasedKey(_ name: String, at place: Place) -> String? {
    guard sharesValues, case .complete(let node, let size, _) = anchors[name],
      case .scalar(let text, _) = node.content
    else { return nil }
    count(size, at: place)
    return text
  }

  /// The mappings that `<<` names.
  func mappings(toMerge value: Node) -> [Node] {
    var sources = [value]
    if case .list(let nodes) = value.content { sources = nodes }
    for source in sources {
      switch source.content {
      case .mapping, .refused: break
      default:
        report("map merge requires map or sequence of maps as the value", at: value.place)
        return []
      }
    }
    return sources
  }

  /// The entries and those of `sources` whose key is not there yet.
  static func merged(_ entries: [Node.Entry], with sources: [Node]) -> [Node.Entry] {
    var keys = Set(entries.map(\.key))
    var all = entries
    for case .mapping(let more) in sources.map(\.content) {
      for entry in more where keys.insert(entry.key).inserted { all.append(entry) }
    }
    return all
  }
}
