import Alerting
import MCPWire
import Signals

/// What is left alone because the agent has crashed over it. The journal decides that at a start;
/// it ends when the item is changed or is not configured any more.
extension AgentState {
  /// An MCP in quarantine starts disabled. That is told once: a record that says so has been.
  mutating func leaveAlone(_ index: Int, at now: Now) {
    let known = entries[index].restoredReason.take()
    let item = WorkItem.mcp(entries[index].name)
    guard let held = quarantined.first(where: { $0.item == item }) else {
      if let known, QuarantinedItem.isReason(known) { ledger.touch(entries[index].id) }
      return
    }
    let url = entries[index].settings.target.url
    guard (entries[index].restoredURL ?? url) == url else { return release(item) }
    entries[index].status.isEnabled = false
    entries[index].status.autoDisabledReason = held.reason
    guard known != held.reason else { return }
    emit(.autoDisabled, of: index, nil, [Label(name: "reason", value: held.reason)], at: now)
    tell(held, at: now)
  }

  /// The item counts like any other again.
  mutating func release(_ item: WorkItem) {
    guard let index = quarantined.firstIndex(where: { $0.item == item }) else { return }
    quarantined.remove(at: index)
    ledger.release(item)
  }

  /// Releases what is not configured as it was, and tells of the rules that came into quarantine
  /// with this start: they have no record that could say whether somebody was told.
  mutating func settleQuarantine(at now: Now) {
    let start = restartedAt.take()
    defer { figures.quarantined = quarantined }
    guard !quarantined.isEmpty else { return }
    let rules = Set(RuleKey.marks(of: settings.rules).joined())
    let mcps = Set(entries.map(\.name))
    for held in quarantined {
      let isConfigured =
        switch held.item {
        case .mcp(let name): mcps.contains(name)
        case .rule(let mark): rules.contains(mark)
        }
      if !isConfigured {
        release(held.item)
      } else if held.item.kind == .rule, let start, held.since >= start {
        tell(held, at: now)
      }
    }
  }

  private mutating func tell(_ held: QuarantinedItem, at now: Now) {
    let data = [
      Label(name: "kind", value: held.item.kind.rawValue),
      Label(name: "item", value: held.item.name),
    ]
    take([AgentNote(.itemQuarantined, detail: held.detail, data: data)], at: now)
  }
}
