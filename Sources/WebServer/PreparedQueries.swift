package import PromQL

/// The queries that a thread has answered lately, ready to be evaluated again: a dashboard asks the
/// same at each refresh, and what labels imply is most of a query's cost. Of one thread.
package final class PreparedQueries {
  private struct Entry {
    let text: String
    let options: EngineOptions
    let query: Query
    /// About as many label sets as it remembers.
    var weight = 0
  }

  private static let most = 32
  private static let mostWeight = 50_000
  private static let mostBytes = 4096

  /// The one used last is the last.
  private var entries: [Entry] = []

  package init() {}

  package var count: Int { entries.count }

  /// The query that was made of the same text before, or what `make` makes of it.
  package func query(
    _ text: String, _ options: EngineOptions, make: () throws(Problem) -> Query
  ) throws(Problem) -> Query {
    let isSame = { (entry: Entry) in
      entry.text.utf8.elementsEqual(text.utf8) && entry.options == options
    }
    if let place = entries.firstIndex(where: isSame) {
      let entry = entries.remove(at: place)
      entries.append(entry)
      return entry.query
    }
    let made = try make()
    if text.utf8.count <= Self.mostBytes {
      entries.append(Entry(text: text, options: options, query: made))
      if entries.count > Self.most { entries.removeFirst() }
    }
    return made
  }

  /// After an evaluation that failed: nobody knows what it has remembered.
  package func forget(_ query: Query) { entries.removeAll { $0.query === query } }

  /// After an evaluation: what would take too much memory goes, what was used longest ago first.
  package func weigh(_ query: Query, samples: Int) {
    if let last = entries.indices.last, entries[last].query === query {
      entries[last].weight = max(entries[last].weight, samples)
    }
    var total = entries.reduce(0) { $0 + $1.weight }
    while total > Self.mostWeight, let first = entries.first {
      total -= first.weight
      entries.removeFirst()
    }
  }
}
