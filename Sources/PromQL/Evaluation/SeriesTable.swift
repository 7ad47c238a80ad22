/// The label sets of a vector's rows. Made once and shared: as long as a node's input is the same
/// object, what follows from its labels (groups, pairs, names dropped) is the same as well.
final class SeriesTable {
  /// As the series have them, whether all of their labels show or not.
  private let sets: [LabelSet]
  /// The labels that describe the metric do not show (immediate name removal). They stay in `sets`,
  /// since most rows of a rule never come to be looked at.
  private let hidesMetadata: Bool
  /// Rows whose metric name is dropped when the query ends (delayed name removal).
  let dropsName: [Bool]
  /// Whether two rows have the same labels.
  private(set) lazy var hasDuplicates = findsDuplicates()
  private let isKnownUnique: Bool

  /// The labels that describe a metric as a whole: they go when the value is another quantity.
  static let metadata = [LabelSet.nameLabel, "__type__", "__unit__"]

  convenience init(_ labels: [LabelSet], dropsName: [Bool]? = nil, areUnique: Bool = false) {
    self.init(labels, hidesMetadata: false, dropsName: dropsName, areUnique: areUnique)
  }

  private init(
    _ sets: [LabelSet], hidesMetadata: Bool, dropsName: [Bool]?, areUnique: Bool = false
  ) {
    self.sets = sets
    self.hidesMetadata = hidesMetadata
    self.dropsName = dropsName ?? [Bool](repeating: false, count: sets.count)
    isKnownUnique = areUnique
  }

  var count: Int { sets.count }

  subscript(row: Int) -> LabelSet {
    hidesMetadata ? sets[row].dropping(Self.metadata) : sets[row]
  }

  /// Of every row; not free when metadata is hidden.
  var labels: [LabelSet] { hidesMetadata ? labels(dropping: []) : sets }

  /// Of every row, the labels called one of `names`.
  func labels(keeping names: [String]) -> [LabelSet] {
    let shown = hidesMetadata ? names.filter { !Self.metadata.contains($0) } : names
    return sets.map { $0.keeping(shown) }
  }

  /// Of every row, all labels but those called one of `names`.
  func labels(dropping names: [String]) -> [LabelSet] {
    let dropped = hidesMetadata ? names + Self.metadata : names
    return sets.map { $0.dropping(dropped) }
  }

  /// The same rows without the labels that describe the metric: at once, or when the query ends.
  func droppingNames(delayed: Bool) -> SeriesTable {
    if delayed {
      return SeriesTable(
        sets, hidesMetadata: hidesMetadata, dropsName: [Bool](repeating: true, count: count),
        areUnique: isKnownUnique)
    }
    return hidesMetadata ? self : SeriesTable(sets, hidesMetadata: true, dropsName: dropsName)
  }

  /// As the query's result shows the rows: marked names dropped.
  var finished: SeriesTable {
    guard dropsName.contains(true) else { return self }
    return SeriesTable(
      dropsName.indices.map { dropsName[$0] ? self[$0].dropping(Self.metadata) : self[$0] })
  }

  private func findsDuplicates() -> Bool {
    if isKnownUnique { return false }
    let hidden = hidesMetadata ? Self.metadata : []
    if Set(sets.map { $0.fingerprint(dropping: hidden) }).count == count { return false }
    return Set(labels).count < count
  }
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
