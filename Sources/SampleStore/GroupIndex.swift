import PromQL
import Signals

/// The labels of a group's rows, and the ways to find them.
struct GroupIndex: Sendable {
  /// By row; `nil` where a row is free.
  private(set) var labels: [LabelSet?] = []
  private var rows: [LabelSet: Int32] = [:]
  /// Taken rows in the order of their labels.
  private var order: [Int32] = []
  /// Rows by label name and value, ascending.
  private var postings: [Symbol: [Symbol: [Int32]]] = [:]
  private var free: [Int32] = []

  var count: Int { order.count }
  /// About what an index of such a size takes.
  var bytes: Int { labels.count * 300 }

  func row(of labels: LabelSet) -> Int? { rows[labels].map(Int.init) }

  /// A new row for labels that have none.
  mutating func add(_ new: LabelSet) -> Int {
    let row = free.popLast().map(Int.init) ?? labels.count
    place(new, at: row)
    return row
  }

  /// Takes the row over as it was stored; false when the row or the labels are taken.
  mutating func restore(_ new: LabelSet, at row: Int) -> Bool {
    if rows[new] != nil || (row < labels.count && labels[row] != nil) { return false }
    free.append(contentsOf: (labels.count..<max(labels.count, row)).map(Int32.init))
    free.removeAll { $0 == row }
    place(new, at: row)
    return true
  }

  private mutating func place(_ new: LabelSet, at row: Int) {
    while labels.count <= row { labels.append(nil) }
    labels[row] = new
    rows[new] = Int32(row)
    order.insert(Int32(row), at: position(of: new))
    for label in new.labels {
      postings[Symbol(text: label.name), default: [:]][Symbol(text: label.value), default: []]
        .insertSorted(Int32(row))
    }
  }

  mutating func remove(_ row: Int) {
    guard row < labels.count, let old = labels[row] else { return }
    order.remove(at: position(of: old))
    labels[row] = nil
    rows[old] = nil
    free.append(Int32(row))
    for label in old.labels {
      let (name, value) = (Symbol(text: label.name), Symbol(text: label.value))
      postings[name]?[value]?.removeSorted(Int32(row))
      if postings[name]?[value]?.isEmpty == true { postings[name]?[value] = nil }
      if postings[name]?.isEmpty == true { postings[name] = nil }
    }
  }

  /// The place among `order` of the first row whose labels do not come before these.
  private func position(of wanted: LabelSet) -> Int {
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if let there = labels[Int(order[middle])], there < wanted {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

extension GroupIndex {
  /// The rows with this value of the label, ascending.
  func rows(where name: String, is value: String) -> [Int32] {
    postings[Symbol(text: name)]?[Symbol(text: value)] ?? []
  }

  /// The rows that satisfy all matchers, in the order of their labels.
  func select(_ matchers: [Matcher]) -> [Int] {
    var found: [Int32]?
    // Equality first: it needs one look and often leaves little or nothing.
    let equal = matchers.filter { $0.op == .equal && !$0.value.isEmpty }
    for matcher in equal {
      let rows = rows(where: matcher.label, is: matcher.value)
      found = found.map { $0.intersection(rows) } ?? rows
      if found?.isEmpty == true { return [] }
    }
    for matcher in matchers where matcher.op != .equal || matcher.value.isEmpty {
      found = keep(found, matcher)
    }
    guard let found else { return order.map(Int.init) }
    return sorted(found)
  }

  /// Each value of a label is matched once, however many series have it.
  private func keep(_ rows: [Int32]?, _ matcher: Matcher) -> [Int32] {
    let values = postings[Symbol(text: matcher.label)] ?? [:]
    let keepsAbsent = matcher.matches("")
    var isListed = RowSet()
    for (value, rows) in values where matcher.matches(value.text) != keepsAbsent {
      for row in rows { isListed.insert(Int(row)) }
    }
    return (rows ?? order.sorted()).filter { isListed.contains(Int($0)) != keepsAbsent }
  }

  private func sorted(_ found: [Int32]) -> [Int] {
    if found.count * 16 < order.count {
      return found.compactMap { row in labels[Int(row)].map { (Int(row), $0) } }
        .sorted { $0.1 < $1.1 }.map(\.0)
    }
    var isFound = RowSet()
    for row in found { isFound.insert(Int(row)) }
    return order.map(Int.init).filter { isFound.contains($0) }
  }
}

extension [Int32] {
  private func place(of wanted: Int32) -> Int {
    if let last, last < wanted { return count }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  fileprivate mutating func insertSorted(_ element: Int32) {
    insert(element, at: place(of: element))
  }

  fileprivate mutating func removeSorted(_ element: Int32) {
    let place = place(of: element)
    if place < count, self[place] == element { remove(at: place) }
  }

  /// Those that are in both; both ascending.
  fileprivate func intersection(_ other: [Int32]) -> [Int32] {
    var both: [Int32] = []
    var place = 0
    for element in self {
      while place < other.count, other[place] < element { place += 1 }
      if place < other.count, other[place] == element { both.append(element) }
    }
    return both
  }
}
