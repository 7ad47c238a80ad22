import Signals

extension ConfigFile {
  /// The labels that our series have themselves (CONTRACT.md 5).
  static let seriesLabels: Set<String> = [
    "mcp", "status", "state", "from", "to", "outcome", "stage", "le", "kind", "server_name",
    "server_version", "protocol_version", "transport", "reason", "check",
  ]

  private static let labelLimit = 32
  private static let valueBytesLimit = 1024

  /// Labels by name; what is wrong with them is reported.
  static func readLabels(_ value: Value?, reserved: Set<String>) -> [Label] {
    value?.takes(.mapping(atMost: labelLimit))
    guard let value, let entries = value.entries() else { return [] }
    if entries.count > labelLimit { value.report("at most \(labelLimit) labels") }
    var labels: [Label] = []
    for entry in entries.prefix(labelLimit) {
      let item = Value(
        node: entry.value, path: value.path.joined(key: entry.key), context: value.context)
      if let reason = whyUnusable(entry.key, reserved) {
        value.context.findings.report(reason, at: entry.place, path: item.path)
      }
      item.takes(.described("text of at most \(valueBytesLimit) bytes"))
      guard let text = item.scalar("text") else { continue }
      if text.utf8.count > valueBytesLimit { item.report("longer than \(valueBytesLimit) bytes") }
      labels.append(Label(name: entry.key, value: text))
    }
    return labels.sorted { $0.name < $1.name }
  }

  private static func whyUnusable(_ name: String, _ reserved: Set<String>) -> String? {
    if !Label.isValid(name: name) { return "not a label name: [a-zA-Z_][a-zA-Z0-9_]*" }
    if name.hasPrefix("__") { return "label names that begin with __ are reserved" }
    return reserved.contains(name) ? "a label that the agent's series have already" : nil
  }
}
