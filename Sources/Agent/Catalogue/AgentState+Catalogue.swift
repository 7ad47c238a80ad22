import MCPWire
import Signals

/// What servers offer, from one listing to the next.
extension AgentState {
  /// Compares a listing with the one before it and keeps it. The first one is only kept.
  mutating func compare(
    _ listing: CatalogueListing, of index: Int, _ result: ProbeResult, at now: Now
  ) {
    let fresh = CatalogueBaseline(listing, withTexts: true)
    let baseline = entries[index].catalogue.baseline
    let before = fresh == baseline ? nil : baseline?.listing
    let changes = before?.changes(to: listing) ?? []
    if fresh != baseline { keep(before?.updated(with: listing) ?? listing, of: index) }
    for change in changes {
      entries[index].status.counters.catalogue.add(change.kind, at: now.wall)
    }
    if !changes.isEmpty {
      entries[index].catalogue.isUnsaved = true
      ledger.touch(entries[index].id)
    }
    let share = entries[index].catalogue.share(of: changes.count, at: now.monotonic, limits)
    for change in changes.prefix(share.single) {
      emit(.catalogueChanged, of: index, result, change.data, at: now)
    }
    if share.together > 0 {
      let data = [Label(name: "further_changes", value: String(share.together))]
      emit(.catalogueChanged, of: index, result, data, at: now)
    }
  }

  /// Keeps what the next listing is compared with, or as much of it as there is room for.
  private mutating func keep(_ listing: CatalogueListing, of index: Int) {
    let old = entries[index].catalogue.baseline
    var kept: CatalogueBaseline? = CatalogueBaseline(listing, withTexts: true)
    let size = kept?.bytes.count ?? 0
    let others = catalogueBytes - (old?.bytes.count ?? 0)
    // Those that are watched go before those that may come back.
    retiredCatalogues.shrink(to: limits.catalogueTextBytes - others - size)
    if size > limits.catalogueBytesOfOne || others + size > limits.catalogueTextBytes {
      figures.cataloguesCut += 1
      kept = CatalogueBaseline(listing, withTexts: false)
      if others + (kept?.bytes.count ?? 0) > limits.catalogueBytes { kept = nil }
    }
    guard kept != old else { return }
    setBaseline(kept, of: index)
  }

  /// The journal follows.
  mutating func setBaseline(_ baseline: CatalogueBaseline?, of index: Int) {
    catalogueBytes -= entries[index].catalogue.baseline?.bytes.count ?? 0
    catalogueBytes += baseline?.bytes.count ?? 0
    entries[index].catalogue.baseline = baseline
    entries[index].catalogue.isUnsaved = true
    ledger.touch(entries[index].id)
  }
}

extension MCPEntry {
  /// The row that the journal keeps of the catalogue.
  var catalogueRecord: CatalogueRecord {
    CatalogueRecord(
      mcp: name, baseline: catalogue.baseline, changes: status.counters.catalogue)
  }
}

extension CatalogueChange {
  /// The facts of its event.
  fileprivate var data: [Label] {
    var data = [Label(name: "kind", value: kind.rawValue)]
    if !item.isEmpty { data.append(Label(name: "item", value: item)) }
    for (name, text) in [("before", before), ("after", after)] {
      guard let text else { continue }
      data.append(Label(name: name, value: text.shown))
      data.append(Label(name: "\(name)_sha256", value: text.digest.hexadecimal))
    }
    return data
  }
}
