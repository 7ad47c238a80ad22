package import Alerting
package import PromQL
package import SampleStore
package import Signals

/// The head as rules use it: each rule writes into a group of its own.
package struct RuleHead: RuleStore {
  package var head: Head
  /// Whether the last write of a rule left series that go on; unknown after a restart.
  private var isLive: [RuleKey: Bool] = [:]

  package init(_ head: Head) { self.head = head }

  package var samples: any SampleSource { head.snapshot }

  package mutating func write(_ result: [RuleSample], of rule: RuleKey, at time: Timestamp) {
    // Most alerting rules have nothing to write, for days.
    if result.isEmpty, isLive[rule] == false { return }
    guard let group = head.group("rule \(rule)") else {
      head.countDropped(.series, result.count)
      return
    }
    var column = Column(repeating: Cell.absent, count: head.rows(of: group))
    var missing = 0
    for sample in result {
      guard let row = head.row(of: sample.labels, in: group) else {
        missing += 1
        continue
      }
      while column.count <= row { column.append(Cell.absent) }
      column[row] = Cell.bits(of: sample.value)
    }
    if missing > 0 { head.countDropped(.series, missing) }
    if result.isEmpty, !column.indices.contains(where: { head.hasSample($0, in: group) }) {
      isLive[rule] = false
      return
    }
    head.append(column, at: time.milliseconds, to: group)
    isLive[rule] = !result.isEmpty
  }
}
