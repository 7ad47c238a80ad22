import Alerting
import PromQL
import Signals

/// What `GET /api/v1/rules` and `/alerts` are asked for, checked.
struct RuleListing {
  private enum Kind { case alerting, recording }

  private let kind: Kind?
  private let names: Set<String>
  private let groups: Set<String>
  private let files: Set<String>
  private let excludesAlerts: Bool
  private let matchers: [[Matcher]]
  private let limit: Int?
  private let nextToken: String

  /// Parses selectors: to be called on a thread for queries.
  init(_ parameters: QueryParameters) throws(Problem) {
    switch parameters["type"] {
    case "": kind = nil
    case "alert": kind = .alerting
    case "record": kind = .recording
    case let other: throw .invalid("type", "not supported value \(other.shortened.quoted)")
    }
    names = Set(parameters.all("rule_name[]"))
    groups = Set(parameters.all("rule_group[]"))
    files = Set(parameters.all("file[]"))
    switch parameters["exclude_alerts"].lowercased() {
    case "", "0", "f", "false": excludesAlerts = false
    case "1", "t", "true": excludesAlerts = true
    case let other:
      throw .invalid("exclude_alerts", "invalid boolean value \(other.shortened.quoted)")
    }
    var matchers: [[Matcher]] = []
    for text in parameters.all("match[]") { matchers.append(try QueryEngine.matchers(text)) }
    self.matchers = matchers
    (limit, nextToken) = try Self.page(parameters)
  }

  private static func page(_ parameters: QueryParameters) throws(Problem) -> (Int?, String) {
    let (text, token) = (parameters["group_limit"], parameters["group_next_token"])
    if text.isEmpty {
      guard token.isEmpty else {
        throw .invalid(
          "group_limit", "group_limit needs to be set in order to paginate over the groups")
      }
      return (nil, "")
    }
    guard let limit = Int(text) else {
      throw .invalid("group_limit", "\(text.shortened.quoted) is not a number")
    }
    guard limit > 0 else { throw .invalid("group_limit", "group_limit needs to be greater than 0") }
    return (limit, token)
  }

  /// The groups to show, each with the rules to show, in order of file and name; and the token of
  /// the page behind, if there is one.
  func page(of all: [RuleGroupStatus]) throws(Problem) -> (
    groups: [(group: RuleGroupStatus, rules: [RuleStatus])], next: String?
  ) {
    var found: [(group: RuleGroupStatus, rules: [RuleStatus])] = []
    var hasBegun = nextToken.isEmpty
    for status in all.sorted(by: { $0.group.place < $1.group.place }) {
      hasBegun = hasBegun || Self.token(status.group) == nextToken
      guard hasBegun, groups.isEmpty || groups.contains(status.group.name),
        files.isEmpty || files.contains(status.group.file)
      else { continue }
      let rules = status.rules.filter(isShown)
      if rules.isEmpty { continue }
      if let limit, found.count == limit { return (found, Self.token(status.group)) }
      found.append((status, rules))
    }
    guard hasBegun else {
      throw .invalid(
        "group_next_token", "invalid group_next_token. were rule groups changed?")
    }
    return (found, nil)
  }

  private func isShown(_ status: RuleStatus) -> Bool {
    let rule = status.rule
    if let kind, (kind == .alerting) != rule.isAlerting { return false }
    if !names.isEmpty, !names.contains(rule.name) { return false }
    let labels = LabelSet(rule.labels)
    return matchers.isEmpty
      || matchers.contains { $0.allSatisfy { $0.matches(labels) } }
  }

  private static func token(_ group: RuleGroup) -> String {
    String(StableHash(of: group.key).value, radix: 16)
  }

  func write(_ all: [RuleGroupStatus], to out: inout JSONBlocks) throws(Problem) {
    let (groups, next) = try page(of: all)
    out.raw(#"{"groups":["#)
    for (index, shown) in groups.enumerated() {
      if index > 0 { out.byte(",") }
      out.group(shown.group, shown.rules, withAlerts: !excludesAlerts)
      out.breakIfFull()
    }
    out.byte("]")
    if let next {
      out.raw(#","groupNextToken":"#)
      out.string(next)
    }
    out.byte("}")
  }
}

extension RuleGroup {
  fileprivate var place: (String, String) { (file, name) }
}
