package import PromQL
import Signals

/// The routing tree as a list, parents before their children.
package struct RoutingTree: Sendable {
  package struct Node: Sendable {
    package let route: Route
    /// The matchers from the root down, as Alertmanager writes them: `{}/{severity="page"}`.
    package let key: String
    let children: [Int]
  }

  package private(set) var nodes: [Node] = []

  package init(_ root: Route) {
    var taken: Set<String> = []
    add(root, below: nil, &taken)
  }

  /// Which routes tell of an alert, in order: the deepest that match, and at least the root.
  package func matches(_ labels: LabelSet) -> [Int] {
    var found: [Int] = []
    if !nodes.isEmpty { _ = collect(0, labels, into: &found) }
    return found.isEmpty && !nodes.isEmpty ? [0] : found
  }

  private func collect(_ index: Int, _ labels: LabelSet, into found: inout [Int]) -> Bool {
    let node = nodes[index]
    guard node.route.matchers.match(labels) else { return false }
    let before = found.count
    for child in node.children {
      if collect(child, labels, into: &found) && !nodes[child].route.continues { break }
    }
    if found.count == before { found.append(index) }
    return true
  }

  /// Two siblings that say the same are told apart by their place.
  @discardableResult
  private mutating func add(
    _ route: Route, below parent: String?, _ taken: inout Set<String>
  ) -> Int {
    let index = nodes.count
    var key = route.matchers.text
    if let parent { key = "\(parent)/\(key)" }
    if !taken.insert("\(key) \(route.receiver)").inserted { key += "/\(index)" }
    nodes.append(Node(route: route, key: key, children: []))
    var children: [Int] = []
    for child in route.routes { children.append(add(child, below: key, &taken)) }
    nodes[index] = Node(route: route, key: key, children: children)
    return index
  }
}
