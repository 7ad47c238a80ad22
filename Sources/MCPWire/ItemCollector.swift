import Signals

/// The items of one list as its pages name them, reduced to what is kept of a listing.
struct ItemCollector: Equatable, Sendable {
  static let itemsMax = 1000
  /// In Unicode scalars.
  static let nameMax = 255

  private var items: [ListedItem] = []
  private var places: [String: Int] = [:]
  private var leftOut = false

  init() {}

  var listed: ListedItems {
    ListedItems(items: items.sorted { $0.name < $1.name }, isWhole: !leftOut)
  }

  /// Takes the element at `range`; whatever is no object with a name is none.
  ///
  /// Of two elements of one name both count: a reader may take either.
  mutating func take(
    _ bytes: [UInt8], _ range: Range<Int>, of list: CatalogueList
  ) throws(JSONProblem) {
    let members = try Members(bytes, range, naming: list.nameMember)
    guard let name = members.name, !name.isEmpty else { return }
    let shown = Self.unmistakable(name)
    let place = places[shown]
    if place == nil, items.count >= Self.itemsMax {
      leftOut = true
      return
    }
    let parts =
      list == .tools ? try members.toolParts(bytes) : [try Self.text(bytes, range)]
    guard let place else {
      places[shown] = items.count
      items.append(ListedItem(name: shown, parts: parts))
      return
    }
    for part in parts.indices where items[place].parts.indices.contains(part) {
      let digest = items[place].parts[part].digest.joined(with: parts[part].digest)
      items[place].parts[part].digest = digest
    }
  }

  /// The name fit to be shown; with a digest where that is not the name itself.
  private static func unmistakable(_ name: String) -> String {
    let cleaned = PlainText.cleaned(name, limit: nameMax)
    if cleaned.utf8.elementsEqual(name.utf8) { return cleaned }
    let mark = "#" + Digest(of: name.utf8).hexadecimal.prefix(16)
    return cleaned.isEmpty ? mark : "\(cleaned) \(mark)"
  }

  /// A value as it is, but for the order of its members and what its bytes leave open.
  static func text(_ bytes: [UInt8], _ range: Range<Int>) throws(JSONProblem) -> ListedText {
    let canonical = try CanonicalJSON(bytes, in: range).bytes
    return ListedText(
      digest: Digest(of: canonical), of: beginning(of: canonical))
  }

  /// As much as may be shown of it.
  fileprivate static func beginning(of bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(4 * ListedText.shownBytesMax), as: UTF8.self)
  }
}

/// Where the members of an item are that are looked at; of two with one name the last.
private struct Members {
  var name: String?
  private var ranges: [String: Range<Int>] = [:]

  private static let ofTools: Set = [
    "title", "description", "inputSchema", "outputSchema", "annotations",
  ]

  init(_ bytes: [UInt8], _ range: Range<Int>, naming nameMember: String) throws(JSONProblem) {
    var reader = JSONReader(bytes, in: range)
    guard try reader.kind() == .object else { return }
    var name: String?
    var ranges: [String: Range<Int>] = [:]
    try reader.forEachMember { member, key throws(JSONProblem) in
      if key == nameMember {
        name = try member.string()
      } else if Self.ofTools.contains(key) {
        ranges[key] = try member.value()
      }
    }
    self.name = name
    self.ranges = ranges
  }

  func toolParts(_ bytes: [UInt8]) throws(JSONProblem) -> [ListedText] {
    var words: [String] = []
    for key in ["title", "description"] {
      guard let range = ranges[key] else { continue }
      var reader = JSONReader(bytes, in: range)
      words.append(
        try reader.string(limit: 4 * ListedText.shownBytesMax)
          ?? ItemCollector.beginning(of: Array(bytes[range].prefix(4 * ListedText.shownBytesMax))))
    }
    let reading = try together(["title", "description"], bytes)
    let schemas = try together(["inputSchema", "outputSchema"], bytes)
    let annotations = try together(["annotations"], bytes)
    return [
      ListedText(digest: Digest(of: reading), of: words.joined(separator: ": ")),
      ListedText(digest: Digest(of: schemas), of: ItemCollector.beginning(of: schemas)),
      ListedText(digest: Digest(of: annotations), of: ItemCollector.beginning(of: annotations)),
    ]
  }

  /// The members of these names, one a line; nothing for those that are not there.
  private func together(_ names: [String], _ bytes: [UInt8]) throws(JSONProblem) -> [UInt8] {
    var text: [UInt8] = []
    for name in names {
      guard let range = ranges[name] else { continue }
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text.append(contentsOf: "\(name): ".utf8)
      text.append(contentsOf: try CanonicalJSON(bytes, in: range).bytes)
    }
    return text
  }
}
