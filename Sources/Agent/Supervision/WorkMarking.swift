/// Where a part of the agent writes what it has in hand, so that the start after its crash knows
/// what to blame. Called on that part's thread only, for each answer and each rule: tens of
/// nanoseconds, and nothing that can fail.
package protocol WorkMarking: Sendable {
  /// In place of what was in hand before.
  func take(_ item: WorkItem)
  /// Nothing is in hand.
  func clear()
}

/// For probes and rules outside of an agent: nobody blames anything.
package struct Unmarked: WorkMarking {
  package init() {}
  package func take(_ item: WorkItem) {}
  package func clear() {}
}
