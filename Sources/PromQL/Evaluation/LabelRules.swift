/// What operators and functions do to the labels of their rows.
enum LabelRules {
  /// The labels that describe a metric as a whole: they go when the value is another quantity.
  static let metadata = [LabelSet.nameLabel, "__type__", "__unit__"]

  /// The table with the metric's name dropped: at once, or marked for the end of the query.
  static func droppingNames(_ table: SeriesTable, delayed: Bool) -> SeriesTable {
    if delayed {
      return SeriesTable(
        table.labels, dropsName: [Bool](repeating: true, count: table.count))
    }
    return SeriesTable(table.labels.map { $0.dropping(metadata) }, dropsName: table.dropsName)
  }

  /// The table as the query's result shows it: marked names dropped.
  static func finished(_ table: SeriesTable) -> SeriesTable {
    guard table.dropsName.contains(true) else { return table }
    let labels = zip(table.labels, table.dropsName).map { labels, drops in
      drops ? labels.dropping(metadata) : labels
    }
    return SeriesTable(labels)
  }
}

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
