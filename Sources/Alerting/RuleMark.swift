import PromQL
import Signals

extension RuleKey {
  /// What a crash over a rule is blamed on: the key, cut where it is long, and a hash of it and of
  /// all that the rule evaluates. A rule that was changed has another mark. At most 180 bytes.
  package func mark(of rule: Rule) -> String {
    var hash = StableHash(of: description)
    hash.combine(rule.expression.description)
    if case .alerting(let settings) = rule.kind {
      hash.combine(UInt64(clamping: settings.holdDuration.wholeMilliseconds))
      hash.combine(UInt64(clamping: settings.keepFiringFor.wholeMilliseconds))
      for label in settings.annotations {
        hash.combine(label.name)
        hash.combine(label.text)
      }
    }
    let digits = String(hash.mixed, radix: 16)
    let zeros = String(repeating: "0", count: 16 - digits.count)
    return "\(description.cut(to: 160)) @\(zeros)\(digits)"
  }

  /// The marks of all rules of all groups, in their order.
  package static func marks(of groups: [RuleGroup]) -> [[String]] {
    zip(groups, keys(of: groups)).map { group, keys in
      zip(keys, group.rules).map { $0.mark(of: $1) }
    }
  }
}

extension String {
  /// Whole characters of Unicode only, as many as fit.
  fileprivate func cut(to bytes: Int) -> String {
    var end = unicodeScalars.startIndex
    var count = 0
    while end < unicodeScalars.endIndex {
      count += UTF8.width(unicodeScalars[end])
      if count > bytes { break }
      end = unicodeScalars.index(after: end)
    }
    return String(unicodeScalars[..<end])
  }
}
