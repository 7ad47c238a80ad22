import Alerting
import PromQL
import Signals

/// Makes rule groups of a rule file's tree, and reports what is wrong in Prometheus's words.
struct RuleReader {
  /// Of a rule, and as many annotations.
  static let labelsLimit = 100
  static let nameLimit = 1024
  static let textLimit = 1 << 16
  /// Expressions that are this high are walked on any thread's stack.
  static let parseLimits = ParseLimits(bytes: textLimit, depth: 250)

  let findings: Findings
  let options: RuleFile.Options
  private(set) var groups: [RuleGroup] = []
  private(set) var places: [[ExpressionPlace]] = []
  private var rulesCount = 0

  init(findings: Findings, options: RuleFile.Options) {
    self.findings = findings
    self.options = options
  }

  mutating func read(_ root: Node) {
    guard let fields = RuleFields(root, path: "", findings: findings) else { return }
    checkKeys(fields, ["groups"])
    let nodes = fields.items("groups")
    guard nodes.count <= RuleFile.groupsLimit else {
      return fields.report("more than \(RuleFile.groupsLimit) groups")
    }
    var names: Set<String> = []
    for node in nodes { readGroup(node, among: &names) }
  }

  private mutating func readGroup(_ node: Node, among names: inout Set<String>) {
    guard let unnamed = RuleFields(node, path: "", findings: findings) else { return }
    let name = unnamed.text("name", atMost: Self.nameLimit)
    if name.isEmpty {
      unnamed.report("Groupname must not be empty")
    } else if !names.insert(name).inserted {
      unnamed.report("groupname: \(name.shown) is repeated in the same file")
    }
    let fields = unnamed.renamed("group \(name.shown)")
    checkKeys(fields, ["name", "interval", "query_offset", "limit", "labels", "rules"])
    var group = RuleGroup(file: findings.file, name: name, interval: options.interval, rules: [])
    group.queryOffset = fields.duration("query_offset") ?? options.queryOffset
    group.limit = fields.whole("limit", in: 0...Int(Int32.max)) ?? 0
    if let interval = fields.duration("interval"), interval > .zero {
      group.interval = interval
      if interval < .milliseconds(100) {
        fields.report("interval: must be at least 100ms", at: fields.entry("interval")?.value.place)
      }
    }
    var labels = SharedLabels(labels(fields))
    var expressions: [ExpressionPlace] = []
    let rules = fields.items("rules")
    rulesCount += rules.count
    guard rulesCount <= options.rulesLimit else {
      if rulesCount - rules.count <= options.rulesLimit {
        fields.report("more than \(RuleFile.rulesLimit) rules in all")
      }
      return
    }
    for (index, rule) in rules.enumerated() {
      let path = "\(fields.path), rule \(index + 1)"
      guard let found = readRule(rule, path, fields, &labels) else { continue }
      group.rules.append(found.rule)
      expressions.append(found.place)
    }
    groups.append(group)
    places.append(expressions)
  }

  func checkKeys(_ fields: RuleFields, _ known: [String]) {
    if !options.ignoresUnknownFields { fields.reportKeys(otherThan: known) }
  }

  /// The labels of a group or rule.
  func labels(_ fields: RuleFields) -> [PlacedLabel] {
    fields.texts("labels").compactMap { entry in
      checkName(entry, of: "label", fields)
      guard let text = fields.text(of: entry, atMost: Self.textLimit) else { return nil }
      return PlacedLabel(label: Label(name: entry.key, value: text), place: entry.value.place)
    }
  }

  /// Names are any UTF-8, which a file that could be read is.
  func checkName(_ entry: Node.Entry, of kind: String, _ fields: RuleFields) {
    let isReserved = kind == "label" && entry.key == LabelSet.nameLabel
    guard entry.key.isEmpty || isReserved || entry.key.utf8.count > Self.nameLimit else { return }
    let name = entry.key.isWord || entry.key.isEmpty ? entry.key : entry.key.shown
    fields.report("invalid \(kind) name: \(name)", at: entry.place)
  }
}

struct PlacedLabel {
  var label: Label
  var place: Place
}

/// The labels of a group, which its rules take over.
struct SharedLabels {
  let all: [PlacedLabel]
  /// Those whose template is wrong; told once, not for each rule.
  var wrong: Set<String> = []

  init(_ labels: [PlacedLabel]) { all = labels }
}
