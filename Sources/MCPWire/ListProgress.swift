/// The lists that a catalogue has.
enum CatalogueList: CaseIterable, Equatable, Sendable {
  case tools, prompts, resources

  var stage: ProbeStage {
    switch self {
    case .tools: .toolsList
    case .prompts: .promptsList
    case .resources: .resourcesList
    }
  }

  /// The array's name in the result.
  var member: String {
    switch self {
    case .tools: "tools"
    case .prompts: "prompts"
    case .resources: "resources"
    }
  }

  func isAdvertised(by capabilities: ServerMemory.Capabilities) -> Bool {
    switch self {
    case .tools: capabilities.tools
    case .prompts: capabilities.prompts
    case .resources: capabilities.resources
    }
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
  /// Of the list `tools`.
  private(set) var tools = ToolList()
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
    tools = page.tools
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
