/// Links to an expression in Prometheus's web interface, as templates and alerts carry them.
package enum GraphLink {
  package enum Tab: String { case graph = "0", table = "1" }

  /// The path below the external URL.
  package static func path(of expression: String, _ tab: Tab) -> String {
    "/graph?g0.expr=\(Escaping.query(Array(expression.utf8)))&g0.tab=\(tab.rawValue)"
  }
}
