import PromQL
import SampleStore
import Signals
import TestSupport

/// The series of the peer's page (performance.md 4) in a store of ours: for each of 1,000 MCPs 20
/// gauges, 10 counters and a histogram of 13; a tenth of them changes each second.
struct SyntheticStore {
  static let end: Int64 = 1_800_000_000_000
  private static let transports = ["http", "sse", "stdio", "ws"]
  private static let bounds = [
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf",
  ]

  private(set) var head = Head()
  private let mcps: Int
  private var random = SeededRandom(seed: 7)
  private var families: [Family] = []
  private(set) var appended = 0

  private struct Family {
    enum Kind { case uniform, flag, counter, bucket }
    let group: Int
    let kind: Kind
    var values: [Double]
  }

  init(mcps: Int) {
    self.mcps = mcps
    for number in 0..<20 {
      let name = "mcp_gauge_\(Self.two(number))_seconds"
      addFamily(name, number.isMultiple(of: 2) ? .uniform : .flag)
    }
    for number in 0..<10 { addFamily("mcp_counter_\(Self.two(number))_total", .counter) }
    let histogram = "mcp_probe_duration_seconds"
    for bound in Self.bounds { addFamily(histogram + "_bucket", .bucket, le: bound) }
    addFamily(histogram + "_sum", .counter)
    addFamily(histogram + "_count", .counter)
  }

  private static func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

  private mutating func addFamily(_ name: String, _ kind: Family.Kind, le: String? = nil) {
    guard let group = head.group(name + (le ?? "")) else { return }
    for mcp in 0..<mcps {
      let digits = String(mcp)
      var labels = [
        Label(name: LabelSet.nameLabel, value: name),
        Label(name: "instance", value: "127.0.0.1:9000"), Label(name: "job", value: "expo"),
        Label(
          name: "mcp",
          value: "mcp-server-" + String(repeating: "0", count: 5 - digits.count) + digits),
        Label(name: "transport", value: Self.transports[mcp % 4]),
      ]
      if let le { labels.append(Label(name: "le", value: le)) }
      _ = head.row(of: LabelSet(labels), in: group)
    }
    let start: [Double] = (0..<mcps).map { mcp in
      switch kind {
      case .uniform: Double.random(in: 0..<1, using: &random)
      case .flag: Double(mcp % 2)
      case .counter, .bucket: Double(Int.random(in: 0..<1_000_000, using: &random))
      }
    }
    families.append(Family(group: group, kind: kind, values: start))
  }

  /// A tenth of the values changes, as the peer's page does it.
  mutating func churn() {
    for index in families.indices {
      for _ in 0..<mcps / 10 {
        let mcp = Int.random(in: 0..<mcps, using: &random)
        switch families[index].kind {
        case .uniform: families[index].values[mcp] = Double.random(in: 0..<1, using: &random)
        case .flag:
          families[index].values[mcp] = Double(Int.random(in: 0..<20, using: &random) / 19)
        case .counter, .bucket:
          families[index].values[mcp] += Double(Int.random(in: 0..<5, using: &random))
        }
      }
    }
  }

  /// Appends what there is now to all families, or to the first ones of a kind only.
  mutating func append(at time: Int64, countersOnly: Bool = false) {
    for (index, family) in families.enumerated() {
      if countersOnly && !(20..<22).contains(index) { continue }
      head.append(family.values.map { Cell.bits(of: $0) }, at: time, to: family.group)
      appended += family.values.count
    }
  }
}
