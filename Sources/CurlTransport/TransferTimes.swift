import MCPWire

/// libcurl's marks of one transfer, in microseconds from its start; 0 is "not reached".
struct TransferTimes: Equatable {
  var nameLookup: Int64 = 0
  var connect: Int64 = 0
  var appConnect: Int64 = 0
  var preTransfer: Int64 = 0
  var startTransfer: Int64 = 0
  /// Always known.
  var total: Int64 = 0
  /// A kept connection was used: no stage before `send`.
  var isReused = false
  var isHTTPS = false
  /// A connection was made, though libcurl does not always say when.
  var isConnected = false

  /// Adds the time of each stage; a transfer that ended inside a stage gives it all that was left.
  func add(to stages: inout StageTimes) {
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
