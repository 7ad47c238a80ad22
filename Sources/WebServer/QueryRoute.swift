/// Prometheus's query API below `/api/v1`.
enum QueryRoute: Equatable, Sendable {
  case query, queryRange
  case series, labels
  case labelValues(name: String)
  case metadata
  case formatQuery, parseQuery
  case buildInfo
  case rules, alerts

  /// Whether the parameters may come as a form.
  var takesForm: Bool {
    switch self {
    case .query, .queryRange, .series, .labels, .formatQuery, .parseQuery: true
    case .labelValues, .metadata, .buildInfo, .rules, .alerts: false
    }
  }
}
