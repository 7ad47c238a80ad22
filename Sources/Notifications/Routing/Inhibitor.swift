import HeapModule
package import PromQL

/// Which alerts are held because others fire. What an answer costs depends on the number of rules,
/// not of alerts: each rule keeps the alerts that its sources pick by the values of `equal`.
package struct Inhibitor: Sendable {
  private var rules: [Rule]
  /// All that fire, by fingerprint.
  private var firing: [UInt64: LabelSet] = [:]

  package init(_ rules: [InhibitRule] = []) { self.rules = rules.map { Rule($0) } }

  /// Other rules, over the same alerts.
  package mutating func rebuild(for rules: [InhibitRule]) {
    self.rules = rules.map { Rule($0) }
    for (fingerprint, labels) in firing {
      for index in self.rules.indices { self.rules[index].insert(labels, fingerprint) }
    }
  }

  /// An alert fires, or does so no longer; saying either again changes nothing.
  package mutating func note(_ alert: LabelSet, fingerprint: UInt64, fires: Bool) {
    if fires {
      guard firing.updateValue(alert, forKey: fingerprint) == nil else { return }
      for index in rules.indices { rules[index].insert(alert, fingerprint) }
    } else {
      guard let labels = firing.removeValue(forKey: fingerprint) else { return }
      for index in rules.indices { rules[index].remove(labels, fingerprint) }
    }
  }

  /// Fingerprints of firing alerts that hold this one, at most one a rule, sorted; empty when none
  /// does. The same alerts give the same answer, whatever their order was.
  package func inhibitors(of labels: LabelSet) -> [UInt64] {
    var found: Set<UInt64> = []
    for rule in rules {
      if let fingerprint = rule.inhibitor(of: labels) { found.insert(fingerprint) }
    }
    return found.sorted()
  }
}

extension Inhibitor {
  /// One rule and the alerts that its sources pick.
  private struct Rule: Sendable {
    let rule: InhibitRule
    private var byValues: [LabelSet: Sources] = [:]

    init(_ rule: InhibitRule) { self.rule = rule }

    mutating func insert(_ alert: LabelSet, _ fingerprint: UInt64) {
      guard rule.sources.match(alert) else { return }
      let values = alert.keeping(rule.equal)
      byValues[values, default: Sources()].insert(fingerprint, isTarget: rule.targets.match(alert))
    }

    mutating func remove(_ alert: LabelSet, _ fingerprint: UInt64) {
      guard rule.sources.match(alert) else { return }
      let values = alert.keeping(rule.equal)
      byValues[values]?.remove(fingerprint)
      if byValues[values]?.isEmpty == true { byValues[values] = nil }
    }

    func inhibitor(of labels: LabelSet) -> UInt64? {
      guard rule.targets.match(labels) else { return nil }
      let sources = byValues[labels.keeping(rule.equal)]
      // What both sides pick is held by what the sources alone pick, so never by itself.
      return rule.sources.match(labels) ? sources?.plain.first : sources?.first
    }
  }

  private struct Sources: Sendable {
    /// Those that the targets do not pick.
    private(set) var plain = SmallestFirst()
    private var twoSided = SmallestFirst()

    var isEmpty: Bool { plain.first == nil && twoSided.first == nil }

    var first: UInt64? { [plain.first, twoSided.first].compactMap(\.self).min() }

    mutating func insert(_ fingerprint: UInt64, isTarget: Bool) {
      if isTarget { twoSided.insert(fingerprint) } else { plain.insert(fingerprint) }
    }

    mutating func remove(_ fingerprint: UInt64) {
      plain.remove(fingerprint)
      twoSided.remove(fingerprint)
    }
  }

  /// A set that knows its smallest element. What was removed stays in the heap until it comes to
  /// the top, or until the heap is mostly such.
  private struct SmallestFirst: Sendable {
    private var members: Set<UInt64> = []
    private var heap = Heap<UInt64>()

    /// The heap's top is always a member.
    var first: UInt64? { heap.min }

    mutating func insert(_ element: UInt64) {
      if members.insert(element).inserted { heap.insert(element) }
    }

    mutating func remove(_ element: UInt64) {
      guard members.remove(element) != nil else { return }
      if heap.count > 2 * members.count + 16 { heap = Heap(members) }
      while let top = heap.min, !members.contains(top) { _ = heap.popMin() }
    }
  }
}
