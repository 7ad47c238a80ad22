import Signals

/// `histogram_quantile` and `histogram_fraction` over classic buckets.
final class HistogramNode: PlanNode {
  enum Function {
    case quantile, fraction
  }

  private let function: Function
  private let operand: PlanNode
  private let parameters: [PlanNode]
  private var layouts = Memo<BucketLayout>()
  private var normalizer = Normalizer()

  init(_ function: Function, _ operand: PlanNode, parameters: [PlanNode], range: ByteRange) {
    self.function = function
    self.operand = operand
    self.parameters = parameters
    super.init(
      range: range,
      isStepInvariant: operand.isStepInvariant && parameters.allSatisfy(\.isStepInvariant))
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let columns = try context.take(parameters, steps)
    let block = try operand.vector(context, steps)
    context.give(columns.count * steps.count)
    let layout = try layouts.value(for: block.table) {
      BucketLayout(block.table, delaysNames: context.options.delaysNameRemoval)
    }
    noteQuantiles(columns, context)
    noteBadBuckets(layout, block, context)
    var result = Block(absent: layout.table, steps: steps.count)
    var histogram = ClassicHistogram()
    for (group, members) in layout.groups.enumerated() {
      try context.checkTime(beforeTouching: members.count * steps.count)
      for step in 0..<steps.count {
        histogram.removeAll()
        for member in members {
          let count = block.values[member.row * steps.count + step]
          if count.isPresent { histogram.add(.init(bound: member.bound, count: count)) }
        }
        guard !histogram.buckets.isEmpty else { continue }
        let isHistogram = histogram.finish()
        result.values[group * steps.count + step] =
          switch function {
          case .quantile where isHistogram: histogram.quantile(columns[0][step]).asValue
          case .quantile: ClassicHistogram.withoutBuckets(columns[0][step]).asValue
          case .fraction where isHistogram:
            histogram.fraction(from: columns[0][step], to: columns[1][step]).asValue
          case .fraction: .nan
          }
        if function == .quantile, histogram.isForced {
          let note = Notes.forcedMonotone(metric: layout.names[group])
          context.annotate(.info, note, operand.range)
        }
      }
    }
    return try .vector(normalizer.apply(to: result))
  }

  private func noteQuantiles(_ columns: [[Double]], _ context: EvaluationContext) {
    guard function == .quantile else { return }
    for quantile in columns[0] where Quantile.isOutside(quantile) {
      context.annotate(.warning, Notes.badQuantile(quantile), parameters[0].range)
    }
  }

  private func noteBadBuckets(
    _ layout: BucketLayout, _ block: Block, _ context: EvaluationContext
  ) {
    for bad in layout.malformed where block.hasSamples(row: bad.row) {
      context.annotate(
        .warning, Notes.badBucket(bad.bound, metric: bad.metric), operand.range)
    }
  }
}

extension ClassicHistogram {
  /// What `histogram_quantile` gives for buckets that make no histogram.
  static func withoutBuckets(_ quantile: Double) -> Double {
    if quantile.isNaN { return .nan }
    if quantile < 0 { return -.infinity }
    return quantile > 1 ? .infinity : .nan
  }
}

/// Which rows of a table are the buckets of which histogram.
struct BucketLayout {
  struct Member {
    var row: Int
    var bound: Double
  }
  struct Malformed {
    var row: Int
    var bound: String
    var metric: String
  }

  /// In the order of their bounds.
  private(set) var groups: [[Member]] = []
  /// Rows without a number in `le`.
  private(set) var malformed: [Malformed] = []
  /// The metric's name of each group, for annotations.
  private(set) var names: [String] = []
  let table: SeriesTable

  init(_ source: SeriesTable, delaysNames: Bool) {
    var places: [LabelSet: Int] = [:]
    var labels: [LabelSet] = []
    let bounds = source.labels(keeping: ["le"])
    for (row, rest) in source.labels(dropping: ["le"]).enumerated() {
      let name = rest.metricName ?? ""
      guard let text = bounds[row]["le"], let bound = Self.bound(text) else {
        malformed.append(Malformed(row: row, bound: bounds[row]["le"] ?? "", metric: name))
        continue
      }
      let place = places[rest] ?? groups.count
      if place == groups.count {
        places[rest] = place
        labels.append(delaysNames ? rest : rest.dropping(SeriesTable.metadata))
        names.append(name)
        groups.append([])
      }
      groups[place].append(Member(row: row, bound: bound))
    }
    for group in groups.indices { groups[group].sort { $0.bound < $1.bound } }
    table = SeriesTable(
      labels, dropsName: [Bool](repeating: delaysNames, count: labels.count))
  }

  /// A bound as Go's `ParseFloat` reads it.
  private static func bound(_ text: String) -> Double? {
    switch text.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default:
      guard let first = text.utf8.first, first != UInt8(ascii: " ") else { return nil }
      return Double(text)
    }
  }
}
