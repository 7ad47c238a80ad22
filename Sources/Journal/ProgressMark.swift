package import Agent

/// One part's place on the progress board.
package struct ProgressMark: WorkMarking {
  private let board: ProgressBoard
  private let slot: ProgressBoard.Slot

  package init(_ board: ProgressBoard, _ slot: ProgressBoard.Slot) {
    self.board = board
    self.slot = slot
  }

  package func take(_ item: WorkItem) { board.take(slot, item) }
  package func clear() { board.clear(slot) }
}
