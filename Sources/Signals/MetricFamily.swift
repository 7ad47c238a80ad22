/// A family of series as the exposition declares it (CONTRACT.md 5).
package struct MetricFamily: Equatable, Sendable {
  package enum Kind: String, Sendable { case counter, gauge, histogram }

  /// With `_total` for a counter.
  package let name: String
  package let kind: Kind
  /// One sentence, without a line end.
  package let help: String
  /// Label names beyond those that every series of the scope has.
  package let labels: [String]

  package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }
}

/// The formats that a scrape may ask for.
package enum ExpositionFormat: Hashable, Sendable, CaseIterable {
  case text004
  case openMetrics100

  package var contentType: String {
    switch self {
    case .text004: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics100: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}
