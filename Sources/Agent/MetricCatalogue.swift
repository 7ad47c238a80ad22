package import Signals

/// Every series the agent exposes: one list for the page, its documentation and its tests.
package enum MetricCatalogue {
  /// A family with a series or more for each MCP, and how they follow from its status: the one at
  /// an index of a span, so that a writer reads the fields it needs and copies nothing.
  struct PerMCP: Sendable {
    let family: MetricFamily
    let write: @Sendable (Span<MCPStatus>, Int, Timestamp, inout ExpositionWriter) -> Void

    init(
      _ name: String, _ kind: MetricFamily.Kind, _ help: String, labels: [String] = [],
      _ write: @escaping @Sendable (Span<MCPStatus>, Int, Timestamp, inout ExpositionWriter) -> Void
    ) {
      family = MetricFamily(name, kind, help, labels: labels)
      self.write = write
    }
  }

  /// A family about the agent itself.
  struct OfAgent: Sendable {
    let family: MetricFamily
    let write: @Sendable (AgentHealth, inout ExpositionWriter) -> Void

    init(
      _ name: String, _ kind: MetricFamily.Kind, _ help: String, labels: [String] = [],
      _ write: @escaping @Sendable (AgentHealth, inout ExpositionWriter) -> Void
    ) {
      family = MetricFamily(name, kind, help, labels: labels)
      self.write = write
    }
  }

  /// The families in the order of the page.
  package static var families: [MetricFamily] {
    perMCP.map(\.family) + ofAgent.map(\.family)
  }
}

/// Rendered labels for the members of a closed set, in the order of the set.
struct RenderedSet<Value: CaseIterable & RawRepresentable>: Sendable
where Value.RawValue == String, Value: Sendable {
  let members: [(value: Value, label: [UInt8])]

  init(_ name: String, of type: Value.Type) {
    members = Value.allCases.map { ($0, renderedLabel(name, $0.rawValue)) }
  }
}

/// `name="value"`, escaped.
func renderedLabel(_ name: String, _ value: String) -> [UInt8] {
  var out = Array(name.utf8)
  out.append(contentsOf: [UInt8(ascii: "="), UInt8(ascii: "\"")])
  ExpositionText.appendEscaped(value, to: &out)
  out.append(UInt8(ascii: "\""))
  return out
}

/// `le` labels of the duration buckets, as each format wants them (OpenMetrics: `1.0`).
struct BucketLabels: Sendable {
  static let text = BucketLabels(wholeSuffix: "")
  static let openMetrics = BucketLabels(wholeSuffix: ".0")

  let values: [String]
  let labels: [[UInt8]]

  private init(wholeSuffix: String) {
    values =
      DurationHistogram.bounds.map { bound in
        var text: [UInt8] = []
        MetricValue.microseconds(bound).append(to: &text)
        let isWhole = !text.contains(UInt8(ascii: "."))
        return String(decoding: text, as: UTF8.self) + (isWhole ? wholeSuffix : "")
      } + ["+Inf"]
    labels = values.map { renderedLabel("le", $0) }
  }
}

extension ExpositionWriter {
  /// The samples of a histogram; `common` are rendered labels that all of them have.
  mutating func histogram(_ histogram: DurationHistogram, common: [UInt8] = []) {
    let labels = format == .text004 ? BucketLabels.text.labels : BucketLabels.openMetrics.labels
    let counts = histogram.cumulative
    for (bucket, label) in labels.enumerated() where bucket < 12 {
      let both = common.isEmpty ? label : common + Array(",".utf8) + label
      sample(.whole(counts[bucket]), suffix: .bucket, label: both)
    }
    sample(.microseconds(histogram.sumMicroseconds), suffix: .sum, label: common)
    sample(.whole(counts[11]), suffix: .count, label: common)
  }
}
