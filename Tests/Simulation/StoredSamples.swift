import PromQL
import SampleStore
import Signals

/// What a journal's tables of samples hold.
struct StoredSamples {
  private struct Row: Hashable {
    var group: Int
    var row: Int
  }

  private var groups: [Int: String] = [:]
  private var series: [Row: LabelSet] = [:]
  /// By group and block, by place.
  private var pieces: [Int: [Int: [Int: SamplePiece]]] = [:]

  mutating func apply(_ records: [SampleRecord]) {
    for record in records {
      switch record {
      case .group(let id, let name): groups[id] = name
      case .series(let group, let row, let labels): series[Row(group: group, row: row)] = labels
      case .removed(let group, let row): series[Row(group: group, row: row)] = nil
      case .piece(let group, let block, let place, let piece):
        pieces[group, default: [:]][block, default: [:]][place] = piece
      case .dropped(let group, let before):
        for block in pieces[group, default: [:]].keys where block < before {
          pieces[group]?[block] = nil
        }
      case .rewound(let group, let from):
        for block in pieces[group, default: [:]].keys where block >= from {
          pieces[group]?[block] = nil
        }
      case .restarted: (groups, series) = ([:], [:])
      }
    }
  }

  /// The head as it was, and how many records were of no use.
  func restored(now: Int64) -> (head: Head, unreadable: Int) {
    var restorer = Head.Restorer(limits: Head.Limits(), now: now)
    for (id, name) in groups.sorted(by: { $0.key < $1.key }) {
      restorer.add(.group(id: id, name: name))
    }
    for (row, labels) in series.sorted(by: {
      ($0.key.group, $0.key.row) < ($1.key.group, $1.key.row)
    }) {
      restorer.add(.series(group: row.group, row: row.row, labels))
    }
    for (group, blocks) in pieces.sorted(by: { $0.key < $1.key }) {
      for (block, places) in blocks.sorted(by: { $0.key < $1.key }) {
        for (place, piece) in places.sorted(by: { $0.key < $1.key }) {
          restorer.add(.piece(group: group, block: block, place: place, piece))
        }
      }
    }
    let head = restorer.finish()
    return (head, restorer.report.unreadable)
  }
}
