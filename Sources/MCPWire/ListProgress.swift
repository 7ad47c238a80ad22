/// What the pages of a list have shown so far.
struct FoundItems: Equatable, Sendable {
  /// Of the list `tools`.
  var tools = ToolList()
  var items = ItemCollector()

  /// Takes the element that comes next.
  mutating func take(
    _ element: inout JSONReader, of list: CatalogueList
  ) throws(JSONProblem) {
    let range = try element.value()
    if list == .tools {
      var tool = JSONReader(element.bytes, in: range)
      try tools.take(&tool)
    }
    try items.take(element.bytes, range, of: list)
  }
}

/// How far one list has been read, page by page.
struct ListProgress: Equatable, Sendable {
  static let pagesMax = 100
  static let itemsMax = 10_000
  /// Of one page, and of all pages together.
  static let bytesMax = 16 << 20
  static let cursorBytesMax = 65_536

  let list: CatalogueList
  /// The list serves as liveness request: one page is enough.
  var isLiveness = false
  /// Asks for the next page; `nil` for the first one.
  private(set) var cursor: [UInt8]?
  private(set) var items = 0
  private(set) var found = FoundItems()
  private var pages = 0
  private var bytes = 0
  private var seen: Set<[UInt8]> = []

  init(_ list: CatalogueList, isLiveness: Bool = false) {
    self.list = list
    self.isLiveness = isLiveness
  }

  /// Most bytes that the next page may have.
  var bodyLimit: Int { max(0, Self.bytesMax - bytes) }
  var isFirstPage: Bool { pages == 0 }

  enum Step: Equatable {
    case complete
    case nextPage
    /// Why reading on would not end.
    case endless(String)
  }

  /// Takes a page in. `received`: bytes of its body.
  mutating func take(_ page: ListPage, received: Int) -> Step {
    pages += 1
    items += page.count ?? 0
    found = page.found
    bytes += received
    guard let next = page.cursor else { return .complete }
    if !seen.insert(next).inserted { return .endless("a cursor came back after page \(pages)") }
    if next.count > Self.cursorBytesMax { return .endless("a cursor of \(next.count) bytes") }
    if items >= Self.itemsMax { return .endless("still more after \(items) items") }
    if pages >= Self.pagesMax { return .endless("still more after \(pages) pages") }
    if bytes >= Self.bytesMax { return .endless("still more after \(bytes) bytes") }
    cursor = next
    return .nextPage
  }
}
