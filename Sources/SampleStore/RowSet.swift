/// A set of small numbers, a bit each.
struct RowSet: Sendable {
  private var words: [UInt64] = []

  var bytes: Int { words.count * 8 }

  mutating func insert(_ row: Int) {
    let word = row >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(row & 63)
  }

  func contains(_ row: Int) -> Bool {
    let word = row >> 6
    return word < words.count && words[word] & (1 << UInt64(row & 63)) != 0
  }
}
