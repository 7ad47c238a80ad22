package import MCPWire

/// libcurl's marks of one transfer, in microseconds from its start; 0 is "not reached".
package struct TransferTimes: Equatable {
  package var nameLookup: Int64 = 0
  package var connect: Int64 = 0
  package var appConnect: Int64 = 0
  package var preTransfer: Int64 = 0
  package var startTransfer: Int64 = 0
  /// Always known.
  package var total: Int64 = 0
  /// A kept connection was used: no stage before `send`.
  package var isReused = false
  package var isHTTPS = false
  /// A connection was made, though libcurl does not always say when.
  package var isConnected = false

  package init() {}

  /// Adds the time of each stage; a transfer that ended inside a stage gives it all that was left.
  package func add(to stages: inout StageTimes) {
    var last: Int64 = 0
    /// The time from the last mark to this one, or to the end; `isOpen` ends with the latter.
    var isOpen = true
    func lap(to mark: Int64) -> Duration {
      guard isOpen else { return .zero }
      if mark == 0 { isOpen = false }
      let end = min(mark == 0 ? total : max(mark, last), max(total, last))
      defer { last = end }
      return .microseconds(end - last)
    }
    if !isReused {
      stages.resolve += lap(to: nameLookup)
      // After a failed TLS handshake libcurl has no mark for the connect: it counts as TLS.
      let hasConnectMark = connect != 0 || !isConnected
      if hasConnectMark { stages.connect += lap(to: connect) }
      if isHTTPS { stages.tls += lap(to: appConnect) }
    }
    stages.send += lap(to: preTransfer)
    stages.wait += lap(to: startTransfer)
    stages.transfer += lap(to: total)
  }
}
