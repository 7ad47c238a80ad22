package import Signals

/// What a part of the agent has in hand: what its crash may be blamed on.
package enum WorkItem: Hashable, Sendable {
  /// An MCP, by its name.
  case mcp(String)
  /// A rule, as `RuleKey` writes it.
  case rule(String)

  /// The label `kind` of `breakwater_quarantined_items`, and a column of the journal.
  package enum Kind: String, CaseIterable, Sendable { case mcp, rule }

  package init(_ kind: Kind, name: String) {
    self =
      switch kind {
      case .mcp: .mcp(name)
      case .rule: .rule(name)
      }
  }

  package var kind: Kind {
    switch self {
    case .mcp: .mcp
    case .rule: .rule
    }
  }

  package var name: String {
    switch self {
    case .mcp(let name), .rule(let name): name
    }
  }
}

/// One restart of the coordinator that nobody asked for: a row of the journal.
package struct CoordinatorRestart: Equatable, Sendable {
  package var reason: RestartReason
  /// A sentence; never anything that a server has sent.
  package var error: String
  /// When the successor began.
  package var at: Timestamp
  /// From the last sign of life to `at`; `nil`: there was none to be found.
  package var duration: Duration?
  /// What was in hand when it ended; empty: nothing in particular.
  package var inHand: [WorkItem]

  package init(
    reason: RestartReason, error: String, at: Timestamp, duration: Duration?,
    inHand: [WorkItem] = []
  ) {
    self.reason = reason
    self.error = error
    self.at = at
    self.duration = duration
    self.inHand = inHand
  }
}

/// Something that is left alone because the agent has crashed over it again and again.
package struct QuarantinedItem: Equatable, Sendable {
  package var item: WorkItem
  package var since: Timestamp
  /// Why, as a sentence.
  package var detail: String

  package init(_ item: WorkItem, since: Timestamp, detail: String) {
    self.item = item
    self.since = since
    self.detail = detail
  }
}
