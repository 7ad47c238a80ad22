/// Guesses what was meant by a word that is not known.
enum Nearest {
  /// The word that was probably meant, if at most a third of its letters are wrong; the first of
  /// equally near ones.
  static func word(to text: String, among words: [String]) -> String? {
    let typed = Array(text.utf8.prefix(64))
    var best: (word: String, distance: Int)?
    for word in words {
      let allowed = max(1, max(typed.count, word.utf8.count) / 3)
      guard abs(typed.count - word.utf8.count) <= allowed else { continue }
      let distance = editDistance(typed, Array(word.utf8))
      if distance <= allowed && distance < min(typed.count, best?.distance ?? .max) {
        best = (word, distance)
      }
    }
    return best?.word
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
  private static func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for (row, byte) in first.enumerated() {
      var current = [row + 1]
      for (column, other) in second.enumerated() {
        var cost = min(last[column + 1], current[column]) + 1
        cost = min(cost, last[column] + (byte == other ? 0 : 1))
        let isSwap =
          row > 0 && column > 0 && byte == second[column - 1] && first[row - 1] == other
        if isSwap { cost = min(cost, beforeLast[column - 1] + 1) }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
