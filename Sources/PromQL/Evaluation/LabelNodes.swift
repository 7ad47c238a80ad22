import Patterns
import Signals

/// `label_replace` and `label_join`: functions of the labels alone.
final class RelabelNode: PlanNode {
  private let operand: PlanNode
  private let change: (LabelSet) -> LabelSet
  /// No change writes a longer value than this, in bytes.
  private let bytes: (LabelSet) -> Int
  /// The label that is written; writing the name keeps it.
  private let target: String
  private var tables = Memo<SeriesTable>()
  private var normalizer = Normalizer()

  init(
    _ operand: PlanNode, target: String, range: ByteRange, bytes: @escaping (LabelSet) -> Int,
    _ change: @escaping (LabelSet) -> LabelSet
  ) {
    self.operand = operand
    self.change = change
    self.bytes = bytes
    self.target = target
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    var block = try operand.vector(context, steps)
    let table = block.table
    let writesName = target == LabelSet.nameLabel
    block.table = try tables.value(for: table) { () throws(QueryError) in
      let changed = try changed(table, context)
      let drops = zip(table.dropsName, zip(table.labels, changed)).map { drops, sets in
        drops && !(writesName && sets.0 != sets.1)
      }
      return SeriesTable(changed, dropsName: drops)
    }
    return try .vector(normalizer.apply(to: block))
  }

  /// Values may double with every call around another: long ones count as samples of as many bytes.
  private func changed(
    _ table: SeriesTable, _ context: EvaluationContext
  ) throws(QueryError) -> [LabelSet] {
    var changed: [LabelSet] = []
    for labels in table.labels {
      let most = bytes(labels) / MemoryLayout<Double>.size
      try context.checkTime(beforeTouching: most)
      try context.take(most)
      changed.append(change(labels))
      context.give(most)
      if let made = changed.last, made != labels {
        try context.take((made[target]?.utf8.count ?? 0) / MemoryLayout<Double>.size)
      }
    }
    return changed
  }
}

extension RelabelNode {
  /// `label_replace(v, target, replacement, source, pattern)`
  static func replacing(
    _ operand: PlanNode, target: String, replacement: String, source: String, pattern: String,
    limits: Pattern.Limits, range: ByteRange
  ) throws(QueryError) -> RelabelNode {
    let compiled: Pattern
    do throws(PatternError) {
      compiled = try Pattern(pattern, limits: limits)
    } catch {
      throw QueryError(
        .execution, "invalid regular expression in label_replace(): \(pattern)")
    }
    guard isValidTarget(target) else {
      throw QueryError(
        .execution, "invalid destination label name in label_replace(): \(target)")
    }
    return RelabelNode(
      operand, target: target, range: range,
      bytes: { replacement.utf8.count * (1 + ($0[source]?.utf8.count ?? 0)) }
    ) { labels in
      let value = labels[source] ?? ""
      return compiled.expanding(replacement, matchingAll: value)
        .map { labels.setting(target, to: $0) } ?? labels
    }
  }

  /// `label_join(v, target, separator, sources...)`
  static func joining(
    _ operand: PlanNode, target: String, separator: String, sources: [String], range: ByteRange
  ) throws(QueryError) -> RelabelNode {
    for source in sources where source.isEmpty {
      throw QueryError(.execution, "invalid source label name in label_join(): \(source)")
    }
    guard isValidTarget(target) else {
      throw QueryError(.execution, "invalid destination label name in label_join(): \(target)")
    }
    return RelabelNode(
      operand, target: target, range: range,
      bytes: { labels in
        sources.reduce(0) { $0 + separator.utf8.count + (labels[$1]?.utf8.count ?? 0) }
      }
    ) { labels in
      labels.setting(target, to: sources.map { labels[$0] ?? "" }.joined(separator: separator))
    }
  }

  /// Any text is a label's name, but none at all is not, nor bytes that were no UTF-8 (`"\xff"`).
  private static func isValidTarget(_ name: String) -> Bool {
    !name.isEmpty && !name.unicodeScalars.contains("\u{fffd}")
  }
}
