extension QueryError {
  static let sameLabels = QueryError(
    .execution, "vector cannot contain metrics with the same labelset")
}

/// Rows with equal labels made one, when no step has samples of two of them.
struct RowMerge {
  private let table: SeriesTable
  /// The merged row of each row.
  private let places: [Int]

  init(_ table: SeriesTable) {
    var known: [LabelSet: Int] = [:]
    var labels: [LabelSet] = []
    var drops: [Bool] = []
    var places: [Int] = []
    for (row, set) in table.labels.enumerated() {
      if let place = known[set] {
        places.append(place)
        drops[place] = drops[place] || table.dropsName[row]
        continue
      }
      known[set] = labels.count
      places.append(labels.count)
      labels.append(set)
      drops.append(table.dropsName[row])
    }
    self.places = places
    self.table = SeriesTable(labels, dropsName: drops)
  }

  func apply(to block: Block) throws(QueryError) -> Block {
    var merged = Block(absent: table, steps: block.steps)
    for (row, place) in places.enumerated() {
      for step in 0..<block.steps {
        let value = block.values[row * block.steps + step]
        guard value.isPresent else { continue }
        let target = place * block.steps + step
        guard !merged.values[target].isPresent else { throw .sameLabels }
        merged.values[target] = value
      }
    }
    return merged
  }
}

/// Makes the rows of a block unique; remembered with the table.
struct Normalizer {
  private var memo = Memo<RowMerge?>()

  mutating func apply(to block: Block) throws(QueryError) -> Block {
    let table = block.table
    let merge = try memo.value(for: table) { table.hasDuplicates ? RowMerge(table) : nil }
    return try merge?.apply(to: block) ?? block
  }
}

/// Takes the metric's name from the rows of a block and makes them unique; remembered with the
/// table.
struct NameDropper {
  private var tables = Memo<SeriesTable>()
  private var normalizer = Normalizer()

  mutating func apply(
    to block: Block, _ context: EvaluationContext
  ) throws(QueryError) -> Block {
    let table = block.table
    var block = block
    block.table = try tables.value(for: table) {
      table.droppingNames(delayed: context.options.delaysNameRemoval)
    }
    return try normalizer.apply(to: block)
  }
}
