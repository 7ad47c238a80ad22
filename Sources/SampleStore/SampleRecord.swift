package import PromQL

/// What must be kept to restore a `Head`: each append gives some, to be written in their order and
/// together. All are idempotent.
package enum SampleRecord: Equatable, Sendable {
  case group(id: Int, name: String)
  /// The row of a group has these labels from now on.
  case series(group: Int, row: Int, LabelSet)
  case removed(group: Int, row: Int)
  /// A piece of a block; `place` counts the pieces from 0.
  case piece(group: Int, block: Int, place: Int, SamplePiece)
  /// Blocks before this one are gone.
  case dropped(group: Int, before: Int)
  /// Blocks from this one on are gone, or of no use.
  case rewound(group: Int, from: Int)
  /// Groups and series are only those that follow.
  case restarted
}

package struct SamplePiece: Equatable, Sendable {
  package enum Kind: Int, Sendable {
    /// A column: every series of the group has a sample or none.
    case slot = 0
    /// Samples of some series between two slots.
    case extras = 1
  }

  package var kind: Kind
  package var time: Int64
  package var payload: [UInt8]

  package init(kind: Kind, time: Int64, payload: [UInt8]) {
    self.kind = kind
    self.time = time
    self.payload = payload
  }
}
