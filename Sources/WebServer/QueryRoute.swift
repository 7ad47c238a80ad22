/// Prometheus's query API below `/api/v1`.
enum QueryRoute: Equatable {
  case query, queryRange
  case series, labels
  case labelValues(name: String)
  case metadata
  case formatQuery, parseQuery
  case buildInfo
  case rules, alerts

  /// From the segments behind `/api/v1`.
  init?(_ segments: [String]) {
    switch segments {
    case ["query"]: self = .query
    case ["query_range"]: self = .queryRange
    case ["series"]: self = .series
    case ["labels"]: self = .labels
    case ["metadata"]: self = .metadata
    case ["format_query"]: self = .formatQuery
    case ["parse_query"]: self = .parseQuery
    case ["status", "buildinfo"]: self = .buildInfo
    case ["rules"]: self = .rules
    case ["alerts"]: self = .alerts
    default:
      guard segments.count == 3, segments[0] == "label", segments[2] == "values",
        !segments[1].isEmpty
      else { return nil }
      self = .labelValues(name: segments[1])
    }
  }

  /// Whether the parameters may come as a form.
  var takesForm: Bool {
    switch self {
    case .query, .queryRange, .series, .labels, .formatQuery, .parseQuery: true
    case .labelValues, .metadata, .buildInfo, .rules, .alerts: false
    }
  }
}
