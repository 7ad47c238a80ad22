import PromQL
import SampleStore
import TestSupport

/// A store in memory that keeps records as the journal's tables do.
struct StoredRecords {
  struct Key: Hashable, Comparable {
    var group: Int
    var block: Int
    var place: Int

    static func < (lhs: Self, rhs: Self) -> Bool {
      (lhs.group, lhs.block, lhs.place) < (rhs.group, rhs.block, rhs.place)
    }
  }

  var groups: [Int: String] = [:]
  var series: [[Int]: LabelSet] = [:]
  var pieces: [Key: SamplePiece] = [:]

  var bytes: Int { pieces.values.reduce(0) { $0 + $1.payload.count } }

  mutating func write(_ records: [SampleRecord]) {
    for record in records {
      switch record {
      case .group(let id, let name): groups[id] = name
      case .series(let group, let row, let labels): series[[group, row]] = labels
      case .removed(let group, let row): series[[group, row]] = nil
      case .piece(let group, let block, let place, let piece):
        pieces[Key(group: group, block: block, place: place)] = piece
      case .dropped(let group, let before):
        pieces = pieces.filter { $0.key.group != group || $0.key.block >= before }
      case .rewound(let group, let from):
        pieces = pieces.filter { $0.key.group != group || $0.key.block < from }
      case .restarted:
        groups = [:]
        series = [:]
      }
    }
  }

  func restored(limits: Head.Limits = .init(), at now: Int64) -> (Head, RestoreReport) {
    var restorer = Head.Restorer(limits: limits, now: now)
    for (id, name) in groups.sorted(by: { $0.key < $1.key }) {
      restorer.add(.group(id: id, name: name))
    }
    for (place, labels) in series { restorer.add(.series(group: place[0], row: place[1], labels)) }
    for (key, piece) in pieces.sorted(by: { $0.key < $1.key }) {
      restorer.add(.piece(group: key.group, block: key.block, place: key.place, piece))
    }
    let head = restorer.finish()
    return (head, restorer.report)
  }
}
