/// The label sets of a vector's rows. Made once and shared: as long as a node's input is the same
/// object, what follows from its labels (groups, pairs, names dropped) is the same as well.
final class SeriesTable {
  let labels: [LabelSet]
  /// Rows whose metric name is dropped when the query ends (delayed name removal).
  let dropsName: [Bool]
  /// Whether two rows have the same labels.
  private(set) lazy var hasDuplicates = Set(labels).count < labels.count

  init(_ labels: [LabelSet], dropsName: [Bool]? = nil) {
    self.labels = labels
    self.dropsName = dropsName ?? [Bool](repeating: false, count: labels.count)
  }

  var count: Int { labels.count }
}

/// An instant vector at each step: a row for each series, a column for each step.
struct Block {
  var table: SeriesTable
  var steps: Int
  /// Row by row; `absent` where the series has no sample at the step.
  var values: [Double]
  /// The order of an instant vector when it is not that of the rows (`sort`, `topk`).
  var order: [Int]?

  /// No stored value has this pattern: selectors leave stale markers out, and arithmetic makes
  /// other NaNs.
  static let absent = StaleMarker.value

  init(_ table: SeriesTable, steps: Int, values: [Double]) {
    self.table = table
    self.steps = steps
    self.values = values
  }

  init(absent table: SeriesTable, steps: Int) {
    self.init(
      table, steps: steps,
      values: [Double](repeating: Self.absent, count: table.count * steps))
  }

  static func empty(steps: Int) -> Block { Block(SeriesTable([]), steps: steps, values: []) }

  var rows: Int { table.count }

  /// The row has a sample at one step or more.
  func hasSamples(row: Int) -> Bool {
    for index in row * steps..<(row + 1) * steps where values[index].isPresent { return true }
    return false
  }

  /// The block without the rows that have no sample.
  var withoutEmptyRows: Block {
    let kept = (0..<rows).filter { hasSamples(row: $0) }
    return kept.count == rows ? self : keeping(kept)
  }

  /// The block with its rows in its order: what is made of them comes in that order too.
  var inOrder: Block { order.map(keeping) ?? self }

  private func keeping(_ kept: [Int]) -> Block {
    let table = SeriesTable(
      kept.map { self.table.labels[$0] }, dropsName: kept.map { self.table.dropsName[$0] })
    return Block(
      table, steps: steps, values: kept.flatMap { values[$0 * steps..<($0 + 1) * steps] })
  }

  /// Replaces each sample by `transform` of it; `nil` takes it away.
  func mapped(_ transform: (Double) -> Double?) -> Block {
    var result = self
    for index in values.indices where values[index].isPresent {
      result.values[index] = transform(values[index]) ?? Block.absent
    }
    return result
  }
}

extension Double {
  /// Not the pattern that stands for "no sample" in a block.
  var isPresent: Bool { bitPattern != StaleMarker.bits }

  /// The value as a result of arithmetic: a NaN is never the stale marker.
  var asValue: Double { bitPattern == StaleMarker.bits ? .nan : self }
}

/// Remembers one thing derived from tables, as long as they are the same objects.
struct Memo<Value> {
  private var inputs: [SeriesTable] = []
  private var value: Value?

  mutating func value(
    for tables: SeriesTable..., make: () throws(QueryError) -> Value
  ) throws(QueryError) -> Value {
    if let value, inputs.count == tables.count, zip(inputs, tables).allSatisfy({ $0 === $1 }) {
      return value
    }
    let made = try make()
    inputs = tables
    value = made
    return made
  }
}
