package import PromQL

/// While an alert that the source matchers pick fires, those that the target matchers pick are
/// held, if all labels of `equal` have the same value in both (none counts as empty). An alert that
/// both sides pick is not held by another such.
package struct InhibitRule: Equatable, Sendable {
  package var sources: [Matcher]
  package var targets: [Matcher]
  package var equal: [String]

  package init(sources: [Matcher], targets: [Matcher], equal: [String] = []) {
    self.sources = sources
    self.targets = targets
    self.equal = equal
  }
}
