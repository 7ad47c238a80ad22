/// The languages that blocks may have, and what each may say after its language.
enum DocumentedLanguage: String, CaseIterable, Sendable {
  /// Run by bash. `exit`: the expected status; `background`: goes on until the page ends, and is
  /// ready when this address answers; `not-run`: why a test cannot.
  case sh
  /// Loaded by whoever reads it (`ConfigurationKind`). `file`: also written to that file, for the
  /// commands below; `for`: whose it is, where its keys do not say that.
  case yaml
  /// Run by psql, in the agent's database, or `in` another one (`DocumentedDatabase`).
  case sql
  /// Asked of the agent by promtool; expressions have an empty line between them.
  case promql
  case json
  /// Has to be in a file of the tests.
  case swift
  /// What a command before it in its section prints; without one, only to look at. `file`: written
  /// to that file.
  case text

  var options: Set<String> {
    switch self {
    case .sh: ["exit", "background", "not-run"]
    case .yaml: ["file", "for", "exit"]
    case .sql: ["in"]
    case .text: ["file"]
    case .promql, .json, .swift: []
    }
  }
}

/// Why a command is shown and not run.
enum NotRun: String, CaseIterable, Sendable {
  case builds
  case installs
  case needsSystemd = "needs systemd"
  case needsGrafana = "needs Grafana"
  case needsAnotherTool = "needs another tool"
}

extension DocumentedBlock {
  /// What is wrong with its fence; `nil`: nothing.
  var complaint: String? {
    guard let known = DocumentedLanguage(rawValue: language) else {
      return language.isEmpty ? "a block without a language" : "unknown language '\(language)'"
    }
    if let other = options.keys.sorted().first(where: { !known.options.contains($0) }) {
      return "\(language) has no option '\(other)'"
    }
    if let exit = options["exit"], Int32(exit) == nil { return "exit=\(exit): no number" }
    if let reason = options["not-run"], NotRun(rawValue: reason) == nil {
      return "not-run=\"\(reason)\": no known reason"
    }
    if let database = options["in"], DocumentedDatabase(rawValue: database) == nil {
      return "in=\(database): no known database"
    }
    if let reader = options["for"], ConfigurationKind(rawValue: reader) == nil {
      return "for=\(reader): no known reader"
    }
    return nil
  }

  var isRun: Bool { options["not-run"] == nil }
}

/// Whose a configuration is.
enum ConfigurationKind: String, CaseIterable, Sendable {
  case breakwater, rules, ruleTests = "rule-tests", prometheus, alertmanager, web
  /// A part of a file that is shipped.
  case grafana

  /// By the keys at its left edge.
  init(of yaml: String) {
    let keys = topLevelKeys(of: yaml)
    self =
      if keys.contains("groups") {
        .rules
      } else if keys.contains("tests") {
        .ruleTests
      } else if keys.contains("scrape_configs") {
        .prometheus
      } else if keys.contains("apiVersion") {
        .grafana
      } else {
        .breakwater
      }
  }
}

func topLevelKeys(of yaml: String) -> Set<String> {
  Set(yaml.matches(of: /(?m)^([A-Za-z_]+):/).map { String($0.1) })
}

/// A fragment of a configuration, made whole.
func whole(_ fragment: String, for kind: ConfigurationKind) -> String {
  let keys = topLevelKeys(of: fragment)
  var more = kind == .breakwater && !keys.contains("mcps") ? "mcps: []\n" : ""
  let names = fragment.matches(of: /receiver: *([A-Za-z0-9_-]+)/).map { String($0.1) }
  let isAlertmanager = kind == .alertmanager
  if !keys.contains("receivers") && (keys.contains("route") || isAlertmanager) {
    let all = Set(names + (isAlertmanager ? ["nobody"] : [])).sorted()
    more += "receivers: [\(all.map { "{name: \($0)}" }.joined(separator: ", "))]\n"
  }
  if !keys.contains("route") && (keys.contains("receivers") || isAlertmanager) {
    let first = fragment.firstMatch(of: /receivers:\s+- name: *(\S+)/).map { String($0.1) }
    more += "route: {receiver: \(first ?? "nobody")}\n"
  }
  return fragment + (fragment.hasSuffix("\n") ? "" : "\n") + more
}

/// Where SQL of a page is run.
enum DocumentedDatabase: String, Sendable {
  /// A server that no agent has seen.
  case empty
  /// OMNI2's own tables, before an agent connects.
  case omni2
  /// The agent's.
  case agent
}
