package import MCPWire
package import Signals

/// How often a catalogue has changed in one way, and when it last did.
package struct CatalogueChangeCount: Equatable, Sendable {
  package var kind: CatalogueChangeKind
  package var count: UInt64
  package var last: Timestamp

  package init(kind: CatalogueChangeKind, count: UInt64, last: Timestamp) {
    self.kind = kind
    self.count = count
    self.last = last
  }
}

extension [CatalogueChangeCount] {
  mutating func add(_ kind: CatalogueChangeKind, at instant: Timestamp) {
    if let index = firstIndex(where: { $0.kind == kind }) {
      self[index].count += 1
      self[index].last = Swift.max(self[index].last, instant)
    } else {
      append(CatalogueChangeCount(kind: kind, count: 1, last: instant))
    }
  }
}

/// What outlives a restart of an MCP's catalogue: written only when it has changed.
package struct CatalogueRecord: Equatable, Sendable {
  package var mcp: String
  /// `nil`: the next listing is a first one.
  package var baseline: CatalogueBaseline?
  /// In the order of first sight.
  package var changes: [CatalogueChangeCount]

  package init(mcp: String, baseline: CatalogueBaseline?, changes: [CatalogueChangeCount] = []) {
    self.mcp = mcp
    self.baseline = baseline
    self.changes = changes
  }
}
