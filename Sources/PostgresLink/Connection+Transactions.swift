extension Connection {
  /// Ends a transaction that failed; a session that cannot even do that is closed.
  func rollBack() {
    guard isUsable, transactionStatus != .idle else { return }
    do {
      _ = try execute(Statement("ROLLBACK"), within: .seconds(5))
    } catch {
      close()
    }
  }
}
