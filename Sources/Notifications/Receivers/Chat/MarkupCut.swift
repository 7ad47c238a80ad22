/// How long a text may be: as the vendor counts, and as it goes over the wire.
struct TextBound {
  var unit: MessageLimits.Unit
  /// In units.
  var count: Int
  /// Inside JSON, in bytes.
  var bytes = Int.max

  fileprivate func cost(_ piece: MarkupPiece) -> TextCost {
    TextCost(
      count: unit.count(piece.shown),
      bytes: bytes == .max ? 0 : MessageLimits.Unit.jsonBytes.count(piece.text))
  }

  fileprivate func allows(_ cost: TextCost) -> Bool { cost.count <= count && cost.bytes <= bytes }
}

private struct TextCost {
  var count = 0
  var bytes = 0

  static func + (lhs: Self, rhs: Self) -> Self {
    Self(count: lhs.count + rhs.count, bytes: lhs.bytes + rhs.bytes)
  }
}

/// A text that fits, and whether something had to go for it.
struct FittedText {
  var text: String
  var isCut: Bool
}

extension Markup {
  static let cutMark = "…"

  /// `text` as it is, repaired where receivers would refuse it, or a beginning of it with a mark:
  /// of whole characters, with nothing half of what means something, and all closed that is open.
  func fitted(_ text: String, to bound: TextBound) -> FittedText {
    var cut = Cut(self, text, bound)
    return cut.run()
  }
}

/// A text on its way through.
private struct Cut {
  private let markup: Markup
  private let bound: TextBound
  private let mark: TextCost
  private var scanner: MarkupScanner
  private var kept = ""
  private var cost = TextCost()
  /// What there is to keep when all does not fit: it has room for the mark and what closes it.
  private var beginning = (bytes: 0, more: Substring(), closing: "")
  private var isBeginningFull = false

  init(_ markup: Markup, _ text: String, _ bound: TextBound) {
    self.markup = markup
    self.bound = bound
    mark = bound.cost(MarkupPiece(Markup.cutMark[...]))
    scanner = MarkupScanner(text, in: markup)
  }

  mutating func run() -> FittedText {
    while let piece = scanner.next() {
      let closing = closingCost
      let with = cost + bound.cost(piece)
      if !isBeginningFull && !bound.allows(with + closing + mark) {
        isBeginningFull = true
        if piece.isOrdinary { beginning.more = prefix(of: piece.text, closing + mark) }
      }
      guard bound.allows(with + closing) else {
        let text = String(kept.utf8.prefix(beginning.bytes)) ?? ""
        return FittedText(
          text: text + beginning.more + Markup.cutMark + beginning.closing, isCut: true)
      }
      kept += piece.text
      cost = with
      if !isBeginningFull { beginning = (kept.utf8.count, Substring(), scanner.closing) }
    }
    return FittedText(text: kept + (markup.isHTML ? scanner.closing : ""), isCut: false)
  }

  private var closingCost: TextCost {
    let closing = scanner.closing
    if closing.isEmpty { return TextCost() }
    return bound.cost(
      markup.isHTML ? MarkupPiece(closing, showing: "") : MarkupPiece(closing[...]))
  }

  private func prefix(of text: Substring, _ besides: TextCost) -> Substring {
    var total = cost + besides
    var end = text.startIndex
    while end < text.endIndex {
      let next = text.index(after: end)
      total = total + bound.cost(MarkupPiece(text[end..<next]))
      if !bound.allows(total) { break }
      end = next
    }
    return text[..<end]
  }
}
