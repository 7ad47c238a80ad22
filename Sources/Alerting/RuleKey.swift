import PromQL
import Signals

/// Names a rule over reloads and restarts: what its alerts and series are kept under.
///
/// A rule keeps its key when its expression, its place or its file changes; its name and its labels
/// make it, and of several alike which one it is.
package struct RuleKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.description < rhs.description }
}

extension RuleKey {
  /// The keys of all rules of all groups, in their order.
  package static func keys(of groups: [RuleGroup]) -> [[RuleKey]] {
    var seen: [String: Int] = [:]
    return groups.map { group in
      group.rules.map { rule in
        let word = rule.isAlerting ? "alert" : "record"
        let name = "\(word) \(rule.name.withoutNUL)\(LabelSet(rule.labels).description)"
        let count = seen[name, default: 0] + 1
        seen[name] = count
        return RuleKey(count == 1 ? name : "\(name) #\(count)")
      }
    }
  }
}

extension Rule {
  package var isAlerting: Bool {
    if case .alerting = kind { true } else { false }
  }
}

extension String {
  /// The journal's texts have no NUL: U+FFFD stands in for it.
  fileprivate var withoutNUL: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }
}
