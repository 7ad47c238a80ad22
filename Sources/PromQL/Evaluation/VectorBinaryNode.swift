import Signals

/// Arithmetic and comparisons between two instant vectors.
final class VectorBinaryNode: PlanNode {
  private let op: BinaryOperator
  private let lhs: PlanNode
  private let rhs: PlanNode
  private let matching: VectorMatching
  private let returnsBool: Bool
  private var matches = Memo<SeriesMatch>()
  private var pairings = Memo<Pairing>()
  private var normalizer = Normalizer()

  init(
    _ node: BinaryExpression, _ lhs: PlanNode, _ rhs: PlanNode, _ matching: VectorMatching
  ) {
    op = node.op
    self.lhs = lhs
    self.rhs = rhs
    self.matching = matching
    returnsBool = node.returnsBool
    super.init(range: node.range, isStepInvariant: lhs.isStepInvariant && rhs.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let left = try lhs.vector(context, steps)
    try context.take(left.values.count)
    let right = try rhs.vector(context, steps)
    context.give(left.values.count)
    // From here on "many" and "one" are what group_left calls them, whichever side they are.
    let isSwapped = matching.cardinality == .oneToMany
    var (many, one) = isSwapped ? (right, left) : (left, right)
    let rules = PairingRules(
      op: op, matching: matching, returnsBool: returnsBool,
      delaysNames: context.options.delaysNameRemoval)
    var match = try matches.value(for: many.table, one.table) {
      SeriesMatch(matching, many.table, one.table)
    }
    if match.pairs > 4 * (many.rows + one.rows) {
      // Most of them meet nothing: of each signature one side has one sample at a step, at most.
      try rules.checkUnique(many, one, match)
      (many, one) = (many.withoutEmptyRows, one.withoutEmptyRows)
      match = SeriesMatch(matching, many.table, one.table)
    }
    let pairing = try pairings.value(for: many.table, one.table) { () throws(QueryError) in
      try rules.checkUnique(many, one, match)
      return try Pairing(
        rules, many.table, one.table, match,
        limit: context.options.maximumSamples / max(1, steps.count))
    }
    if pairing.needsChecks { try rules.checkUnique(many, one, pairing.match) }
    try context.take(pairing.pairs.count * steps.count)
    context.give(pairing.pairs.count * steps.count)
    var block = Block(absent: pairing.table, steps: steps.count)
    var matched = block
    for (index, pair) in pairing.pairs.enumerated() {
      try context.checkTime(beforeTouching: steps.count)
      for step in 0..<steps.count {
        let manyValue = many.values[pair.many * steps.count + step]
        let oneValue = one.values[pair.one * steps.count + step]
        guard manyValue.isPresent, oneValue.isPresent else { continue }
        let target = index * steps.count + step
        if pairing.hasSameLabels { matched.values[target] = 1 }
        block.values[target] =
          isSwapped ? result(oneValue, manyValue) : result(manyValue, oneValue)
      }
    }
    if pairing.hasSameLabels { try pairing.checkGroups(matched) }
    return try .vector(normalizer.apply(to: block))
  }

  private func result(_ left: Double, _ right: Double) -> Double {
    guard op.isComparison else { return op.arithmetic(left, right).asValue }
    let holds = op.holds(left, right)
    if returnsBool { return holds ? 1 : 0 }
    return holds ? left : Block.absent
  }
}

/// What an operator does to the labels of a pair, and which pairs it refuses.
struct PairingRules {
  let op: BinaryOperator
  let matching: VectorMatching
  let returnsBool: Bool
  let delaysNames: Bool

  /// An arithmetic result is another quantity than its operands.
  private var changesMetric: Bool { !op.isComparison }

  /// The labels of the result of two elements that belong together.
  func labels(many: LabelSet, one: LabelSet) -> LabelSet {
    var result = changesMetric ? many.dropping(SeriesTable.metadata) : many
    if matching.cardinality == .oneToOne {
      result =
        matching.isOn ? result.keeping(matching.labels) : result.dropping(matching.labels)
    }
    for name in matching.include { result = result.setting(name, to: one[name] ?? "") }
    return returnsBool && !delaysNames ? result.dropping(SeriesTable.metadata) : result
  }

  /// - Throws: when at a step two elements of the one side have a signature, or for one-to-one two
  ///   of the other side that have a partner.
  func checkUnique(
    _ many: Block, _ one: Block, _ match: SeriesMatch
  ) throws(QueryError) {
    let manyToCheck = matching.cardinality == .oneToOne ? match.leftRows : []
    // Where the other side is empty nothing meets, and nothing is wrong.
    let active = (0..<many.steps).filter { step in
      (0..<many.rows).contains { many.values[$0 * many.steps + step].isPresent }
    }
    for signature in 0..<match.signatureCount {
      let ones = match.rightRows[signature]
      if ones.count > 1 { try checkOne(ones, one, at: active) }
      guard signature < manyToCheck.count, manyToCheck[signature].count > 1 else { continue }
      for step in active
      where ones.contains(where: { one.values[$0 * one.steps + step].isPresent }) {
        let count = manyToCheck[signature].count {
          many.values[$0 * many.steps + step].isPresent
        }
        guard count <= 1 else {
          throw QueryError(
            .execution,
            "multiple matches for labels: many-to-one matching must be explicit "
              + "(group_left/group_right)")
        }
      }
    }
  }

  private func checkOne(
    _ rows: [Int], _ one: Block, at steps: [Int]
  ) throws(QueryError) {
    for step in steps {
      let present = rows.filter { one.values[$0 * one.steps + step].isPresent }
      guard present.count > 1 else { continue }
      let labels = one.table[present[0]]
      let group = SeriesMatch.signature(of: labels, matching)
      let side = matching.cardinality == .oneToMany ? "left" : "right"
      throw QueryError(
        .execution,
        "found duplicate series for the match group \(Self.text(group)) on the \(side) "
          + "hand-side of the operation: [\(Self.text(one.table[present[1]])), "
          + "\(Self.text(labels))];many-to-many matching not allowed: "
          + "matching labels must be unique on one side")
    }
  }

  /// `{a="1", b="2"}`: every label, the name as well.
  private static func text(_ labels: LabelSet) -> String {
    "{" + labels.labels.map { "\($0.name)=\($0.value.quoted)" }.joined(separator: ", ") + "}"
  }
}

/// The pairs of rows that may meet, and the labels of what they give.
struct Pairing {
  struct Pair {
    var many: Int
    var one: Int
  }

  let match: SeriesMatch
  let pairs: [Pair]
  let table: SeriesTable
  /// Some signature has several rows on a side that must be unique at each step.
  let needsChecks: Bool
  /// Two pairs of one signature give the same labels.
  let hasSameLabels: Bool

  init(
    _ rules: PairingRules, _ many: SeriesTable, _ one: SeriesTable, _ match: SeriesMatch, limit: Int
  ) throws(QueryError) {
    self.match = match
    var pairs: [Pair] = []
    for (row, signature) in match.left.enumerated() {
      for partner in match.rightRows[signature] { pairs.append(Pair(many: row, one: partner)) }
      guard pairs.count <= limit else {
        throw QueryError(
          .tooManySamples,
          "query processing would load too many samples into memory in query execution")
      }
    }
    self.pairs = pairs
    table = SeriesTable(
      pairs.map { rules.labels(many: many[$0.many], one: one[$0.one]) },
      dropsName: pairs.map {
        many.dropsName[$0.many] || (rules.returnsBool && rules.delaysNames)
      })
    needsChecks =
      match.rightRows.contains { $0.count > 1 }
      || (rules.matching.cardinality == .oneToOne && match.leftRows.contains { $0.count > 1 })
    hasSameLabels = rules.matching.cardinality != .oneToOne && table.hasDuplicates
  }

  /// - Throws: when at a step two pairs of one signature give the same labels.
  func checkGroups(_ matched: Block) throws(QueryError) {
    var rows: [LabelSet: [Int]] = [:]
    for (row, labels) in table.labels.enumerated() { rows[labels, default: []].append(row) }
    for (_, same) in rows where same.count > 1 {
      for step in 0..<matched.steps {
        var seen: Set<Int> = []
        for row in same where matched.values[row * matched.steps + step].isPresent {
          guard seen.insert(match.left[pairs[row].many]).inserted else {
            throw QueryError(
              .execution,
              "multiple matches for labels: grouping labels must ensure unique matches")
          }
        }
      }
    }
  }
}
