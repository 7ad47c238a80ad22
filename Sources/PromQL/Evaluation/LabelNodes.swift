import Patterns
import Signals

/// `label_replace` and `label_join`: functions of the labels alone.
final class RelabelNode: PlanNode {
  private let operand: PlanNode
  private let change: (LabelSet) -> LabelSet
  /// The label that is written; writing the name keeps it.
  private let target: String
  private var tables = Memo<SeriesTable>()
  private var normalizer = Normalizer()

  init(
    _ operand: PlanNode, target: String, range: ByteRange,
    _ change: @escaping (LabelSet) -> LabelSet
  ) {
    self.operand = operand
    self.change = change
    self.target = target
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    var block = try operand.vector(context, steps)
    let table = block.table
    let writesName = target == LabelSet.nameLabel
    block.table = try tables.value(for: table) {
      let changed = table.labels.map(change)
      let drops = zip(table.dropsName, zip(table.labels, changed)).map { drops, sets in
        drops && !(writesName && sets.0 != sets.1)
      }
      return SeriesTable(changed, dropsName: drops)
    }
    return try .vector(normalizer.apply(to: block))
  }
}

extension RelabelNode {
  /// `label_replace(v, target, replacement, source, pattern)`
  static func replacing(
    _ operand: PlanNode, target: String, replacement: String, source: String, pattern: String,
    range: ByteRange
  ) throws(QueryError) -> RelabelNode {
    let compiled: Pattern
    do throws(PatternError) {
      compiled = try Pattern(pattern)
    } catch {
      throw QueryError(
        .execution, "invalid regular expression in label_replace(): \(pattern)")
    }
    guard isValidTarget(target) else {
      throw QueryError(
        .execution, "invalid destination label name in label_replace(): \(target)")
    }
    let template = ReplacementTemplate(replacement)
    return RelabelNode(operand, target: target, range: range) { labels in
      guard let groups = compiled.groups(matchingAll: labels[source] ?? "") else { return labels }
      return labels.setting(target, to: template.expanded(groups, compiled))
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
    return RelabelNode(operand, target: target, range: range) { labels in
      labels.setting(target, to: sources.map { labels[$0] ?? "" }.joined(separator: separator))
    }
  }

  /// Any text is a label's name, but none at all is not, nor bytes that were no UTF-8 (`"\xff"`).
  private static func isValidTarget(_ name: String) -> Bool {
    !name.isEmpty && !name.unicodeScalars.contains("\u{fffd}")
  }
}

/// `$1`, `${1}`, `$name`, `$$` in a replacement, as Go's `Regexp.Expand` reads them.
struct ReplacementTemplate {
  private enum Piece {
    case text(String)
    case group(String)
  }

  private var pieces: [Piece] = []

  init(_ text: String) {
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      pieces.append(.text(String(rest[..<dollar])))
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        pieces.append(.text("$"))
        rest.removeFirst()
      } else if let name = Self.takeName(&rest) {
        pieces.append(.group(name))
      } else {
        pieces.append(.text("$"))
      }
    }
    pieces.append(.text(String(rest)))
  }

  func expanded(_ groups: [Substring?], _ pattern: Pattern) -> String {
    var out = ""
    for piece in pieces {
      switch piece {
      case .text(let text): out += text
      case .group(let name):
        guard let number = Int(name) ?? pattern.groupNumber(named: name),
          groups.indices.contains(number), let group = groups[number]
        else { continue }
        out += group
      }
    }
    return out
  }

  /// Takes `name` or `{name}` off; `nil` (and nothing taken) when there is none.
  private static func takeName(_ rest: inout Substring) -> String? {
    let isBraced = rest.first == "{"
    let body = isBraced ? rest.dropFirst() : rest
    let name = body.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
    guard !name.isEmpty else { return nil }
    let after = body[name.endIndex...]
    if isBraced && after.first != "}" { return nil }
    rest = isBraced ? after.dropFirst() : after
    return String(name)
  }
}
