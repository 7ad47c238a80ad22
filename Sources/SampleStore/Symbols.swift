import PromQL
import Signals

/// A string by its bytes: two spellings of one character are two symbols.
struct Symbol: Hashable, Sendable {
  let text: String

  static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.text.utf8.count == rhs.text.utf8.count && lhs.text.utf8.elementsEqual(rhs.text.utf8)
  }
  func hash(into hasher: inout Hasher) { hasher.combine(StableHash(of: text).value) }
}

/// Names and values of labels, each kept once.
struct Symbols: Sendable {
  private var known: Set<Symbol> = []

  var count: Int { known.count }

  /// The same labels, sharing their strings with those that came before.
  mutating func sharing(_ labels: LabelSet) -> LabelSet {
    LabelSet(
      labels.labels.map { label in Label(name: shared(label.name), value: shared(label.value)) })
  }

  private mutating func shared(_ text: String) -> String {
    known.insert(Symbol(text: text)).memberAfterInsert.text
  }
}
