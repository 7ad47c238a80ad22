/// Which alerts the journal must still be told of; what it refuses is told again.
struct AlertLedger {
  /// `nil`: the alert is gone.
  private typealias Changes = [AlertID: AlertRecord?]

  /// For the next batch.
  private var waiting: Changes = [:]
  /// In batches that the journal has not answered for, in order.
  private var sent: [(batch: UInt64, changes: Changes)] = []

  var isEmpty: Bool { waiting.isEmpty }

  mutating func note(_ evaluation: GroupEvaluation) {
    for id in evaluation.gone { waiting[id] = .some(nil) }
    for record in evaluation.changed { waiting[record.id] = record }
  }

  /// The journal has none of these any more, and nothing of what is gone.
  mutating func noteAll(_ records: [AlertRecord]) {
    for record in records { waiting[record.id] = record }
  }

  /// What goes into this batch, in order of rules and labels.
  mutating func take(for batch: UInt64) -> (changed: [AlertRecord], gone: [AlertID]) {
    guard !waiting.isEmpty else { return ([], []) }
    sent.append((batch, waiting))
    defer { waiting = [:] }
    let ids = waiting.keys.sorted { ($0.rule, $0.labels) < ($1.rule, $1.labels) }
    return (ids.compactMap { waiting[$0] ?? nil }, ids.filter { waiting[$0] == .some(nil) })
  }

  mutating func committed(through batch: UInt64) {
    sent.removeAll { $0.batch <= batch }
  }

  /// What has changed again since is newer.
  mutating func refused(through batch: UInt64) {
    // Changes of later batches are newer too, and on their way.
    var newer = Set(sent.filter { $0.batch > batch }.flatMap(\.changes.keys))
    newer.formUnion(waiting.keys)
    for refused in sent.reversed() where refused.batch <= batch {
      for (id, record) in refused.changes where newer.insert(id).inserted {
        waiting[id] = .some(record)
      }
    }
    sent.removeAll { $0.batch <= batch }
  }
}
