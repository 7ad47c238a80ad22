/// How a catalogue can differ from the one before; the label `kind`. The gravest come first.
package enum CatalogueChangeKind: String, CaseIterable, Sendable {
  case descriptionChanged = "description_changed"
  case instructionsChanged = "instructions_changed"
  case schemaChanged = "schema_changed"
  case annotationsChanged = "annotations_changed"
  case promptChanged = "prompt_changed"
  case toolAdded = "tool_added"
  case toolRemoved = "tool_removed"
  case serverChanged = "server_changed"
  case promptAdded = "prompt_added"
  case promptRemoved = "prompt_removed"
  case resourceChanged = "resource_changed"
  case resourceAdded = "resource_added"
  case resourceRemoved = "resource_removed"
  case resourceTemplateChanged = "resource_template_changed"
  case resourceTemplateAdded = "resource_template_added"
  case resourceTemplateRemoved = "resource_template_removed"
}

/// One difference between two listings.
package struct CatalogueChange: Equatable, Sendable {
  package var kind: CatalogueChangeKind
  /// The item's name; empty for what concerns the server.
  package var item: String
  /// The part that changed; of an item that was added or removed the first one.
  package var before: ListedText?
  package var after: ListedText?

  package init(
    _ kind: CatalogueChangeKind, item: String = "", before: ListedText? = nil,
    after: ListedText? = nil
  ) {
    self.kind = kind
    self.item = item
    self.before = before
    self.after = after
  }
}

extension CatalogueListing {
  /// What is different in `new`, the gravest first.
  ///
  /// What one of the two did not see is no difference: an item is removed only when the new list is
  /// whole, and added only when the old one was.
  package func changes(to new: CatalogueListing) -> [CatalogueChange] {
    var changes: [CatalogueChange] = []
    if let server, let later = new.server, server.digest != later.digest {
      changes.append(CatalogueChange(.serverChanged, before: server, after: later))
    }
    if instructions?.digest != new.instructions?.digest {
      changes.append(
        CatalogueChange(.instructionsChanged, before: instructions, after: new.instructions))
    }
    for list in CatalogueList.allCases {
      guard let old = lists[list], let later = new.lists[list] else { continue }
      old.addChanges(of: list, to: later, &changes)
    }
    let ranks = Dictionary(
      uniqueKeysWithValues: CatalogueChangeKind.allCases.enumerated().map { ($1, $0) })
    return changes.enumerated().sorted {
      (ranks[$0.element.kind] ?? 0, $0.offset) < (ranks[$1.element.kind] ?? 0, $1.offset)
    }.map(\.element)
  }

  /// What to compare the next listing with: `new`, and of this one what it could not see.
  package func updated(with new: CatalogueListing) -> CatalogueListing {
    var updated = new
    updated.server = new.server ?? server
    for list in CatalogueList.allCases {
      guard let old = lists[list] else { continue }
      guard var later = new.lists[list] else {
        updated.lists[list] = old
        continue
      }
      if later.isWhole { continue }
      // What is known stays known: dummies in front of it would push it out, and its change too.
      var seen = Dictionary(later.items.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
      let known = old.items.map { seen.removeValue(forKey: $0.name) ?? $0 }
      let room = max(0, ItemCollector.itemsMax - known.count)
      later.items = known + later.items.lazy.filter { seen[$0.name] != nil }.prefix(room)
      later.items.sort { $0.name < $1.name }
      updated.lists[list] = later
    }
    return updated
  }
}

extension ListedItems {
  fileprivate func addChanges(
    of list: CatalogueList, to new: ListedItems, _ changes: inout [CatalogueChange]
  ) {
    let kinds = list.changeKinds
    var later: [String: ListedItem] = [:]
    for item in new.items { later[item.name] = item }
    for item in items {
      guard let match = later.removeValue(forKey: item.name) else {
        if new.isWhole {
          changes.append(CatalogueChange(kinds.removed, item: item.name, before: item.parts.first))
        }
        continue
      }
      for (kind, (before, after)) in zip(kinds.parts, zip(item.parts, match.parts))
      where before.digest != after.digest {
        changes.append(CatalogueChange(kind, item: item.name, before: before, after: after))
      }
    }
    guard isWhole else { return }
    for item in new.items where later[item.name] != nil {
      changes.append(CatalogueChange(kinds.added, item: item.name, after: item.parts.first))
    }
  }
}

extension CatalogueList {
  fileprivate typealias Kinds = (
    added: CatalogueChangeKind, removed: CatalogueChangeKind, parts: [CatalogueChangeKind]
  )

  /// The kinds of its changes; a kind for each part of an item.
  fileprivate var changeKinds: Kinds {
    switch self {
    case .tools:
      (.toolAdded, .toolRemoved, [.descriptionChanged, .schemaChanged, .annotationsChanged])
    case .prompts: (.promptAdded, .promptRemoved, [.promptChanged])
    case .resources: (.resourceAdded, .resourceRemoved, [.resourceChanged])
    case .resourceTemplates:
      (.resourceTemplateAdded, .resourceTemplateRemoved, [.resourceTemplateChanged])
    }
  }

  /// How many parts its items have.
  package var partCount: Int { changeKinds.parts.count }
}
