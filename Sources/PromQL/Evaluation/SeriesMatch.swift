/// Which rows of two tables belong together by their labels.
struct SeriesMatch {
  /// The number of each row's signature: the labels that the two sides are matched by.
  let left: [Int]
  let right: [Int]
  let signatureCount: Int
  /// The rows of the right side by signature.
  let rightRows: [[Int]]
  let leftRows: [[Int]]

  init(_ matching: VectorMatching, _ lhs: SeriesTable, _ rhs: SeriesTable) {
    var numbers: [LabelSet: Int] = [:]
    func number(_ signature: LabelSet) -> Int {
      if let known = numbers[signature] { return known }
      numbers[signature] = numbers.count
      return numbers.count - 1
    }
    left = Self.signatures(of: lhs, matching).map(number)
    right = Self.signatures(of: rhs, matching).map(number)
    signatureCount = numbers.count
    leftRows = Self.rows(left, count: numbers.count)
    rightRows = Self.rows(right, count: numbers.count)
  }

  private static func signatures(
    of table: SeriesTable, _ matching: VectorMatching
  ) -> [LabelSet] {
    matching.isOn
      ? table.labels(keeping: matching.labels)
      : table.labels(dropping: matching.labels + [LabelSet.nameLabel])
  }
  /// How many rows of one side meet one of the other.
  var pairs: Int { zip(leftRows, rightRows).reduce(0) { $0 + $1.0.count * $1.1.count } }

  static func signature(of labels: LabelSet, _ matching: VectorMatching) -> LabelSet {
    matching.isOn
      ? labels.keeping(matching.labels) : labels.dropping(matching.labels + [LabelSet.nameLabel])
  }

  private static func rows(_ signatures: [Int], count: Int) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: count)
    for (row, signature) in signatures.enumerated() { rows[signature].append(row) }
    return rows
  }
}
