package import Signals

/// The lists that a catalogue has.
package enum CatalogueList: CaseIterable, Hashable, Sendable {
  case tools, prompts, resources, resourceTemplates

  var stage: ProbeStage {
    switch self {
    case .tools: .toolsList
    case .prompts: .promptsList
    case .resources: .resourcesList
    case .resourceTemplates: .resourceTemplatesList
    }
  }

  /// The array's name in the result.
  var member: String {
    switch self {
    case .tools: "tools"
    case .prompts: "prompts"
    case .resources: "resources"
    case .resourceTemplates: "resourceTemplates"
    }
  }

  /// The member of an item that names it.
  var nameMember: String {
    switch self {
    case .tools, .prompts: "name"
    case .resources: "uri"
    case .resourceTemplates: "uriTemplate"
    }
  }

  func isAdvertised(by capabilities: ServerMemory.Capabilities) -> Bool {
    switch self {
    case .tools: capabilities.tools
    case .prompts: capabilities.prompts
    case .resources, .resourceTemplates: capabilities.resources
    }
  }
}

/// A text of a server: the digest of all of it, and what of it a person is shown.
package struct ListedText: Equatable, Sendable {
  /// Of the text, in UTF-8.
  package static let shownBytesMax = 1000

  package var digest: Digest
  /// On one line, cut; characters that cannot be seen stand there by their number.
  package var shown: String

  package init(digest: Digest, shown: String) {
    self.digest = digest
    self.shown = shown
  }

  /// `text` is made fit to be shown.
  init(digest: Digest, of text: String) {
    self.init(digest: digest, shown: PlainText.visible(text, bytesMax: Self.shownBytesMax))
  }
}

/// A tool, prompt, resource or resource template as a server lists it.
package struct ListedItem: Equatable, Sendable {
  /// A resource's is its URI. Cut and cleaned, with a digest where that has changed it, so that no
  /// two names look alike.
  package var name: String
  /// Of a tool: what an AI reads of it (title and description), its schemas, its annotations. Of
  /// the others all in one.
  package var parts: [ListedText]

  package init(name: String, parts: [ListedText]) {
    self.name = name
    self.parts = parts
  }
}

/// What is kept of one list.
package struct ListedItems: Equatable, Sendable {
  /// Sorted by name; each name once.
  package var items: [ListedItem]
  /// Nothing was left out.
  package var isWhole: Bool

  package init(items: [ListedItem] = [], isWhole: Bool = true) {
    self.items = items
    self.isWhole = isWhole
  }
}

/// What a server offers, as one probe found it, in a form to compare and to keep.
package struct CatalogueListing: Equatable, Sendable {
  /// What the server calls itself; `nil` when it did not say.
  package var server: ListedText?
  /// What it tells an AI about itself; `nil`: nothing.
  package var instructions: ListedText?
  /// A list that is not here could not be read: nothing is known of it.
  package var lists: [CatalogueList: ListedItems] = [:]

  package init() {}
}
