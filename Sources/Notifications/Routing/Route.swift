package import PromQL

/// A node of the routing tree, and what hangs below it. What a child does not say itself it has
/// from its parent; whoever makes one has filled that in.
package struct Route: Equatable, Sendable {
  package enum GroupBy: Equatable, Sendable {
    /// `['...']`: each alert is a group.
    case allLabels
    /// Sorted.
    case labels([String])
  }

  package var receiver: String
  package var groupBy = GroupBy.labels([])
  package var groupWait: Duration = .seconds(30)
  package var groupInterval: Duration = .seconds(300)
  package var repeatInterval: Duration = .seconds(4 * 3600)
  /// Of this node alone; an alert must match all of them. None at the root.
  package var matchers: [Matcher] = []
  /// Whether the siblings after it are asked as well when it matches.
  package var continues = false
  /// Names of time intervals in which nothing is sent; not inherited.
  package var muteTimeIntervals: [String] = []
  /// Names of time intervals outside of which nothing is sent, when there are any; not inherited.
  package var activeTimeIntervals: [String] = []
  package var routes: [Route] = []

  package init(receiver: String) { self.receiver = receiver }
}
