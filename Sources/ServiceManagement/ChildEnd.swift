/// How a child process has ended.
package enum ChildEnd: Equatable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case killed(signal: Int32)

  /// As a shell says it.
  package var status: Int32 {
    switch self {
    case .exited(let status): status
    case .killed(let signal): 128 + signal
    }
  }

  package var description: String {
    switch self {
    case .exited(let status): "exit status \(status)"
    case .killed(let signal): "signal \(signal)"
    }
  }

  /// Whether another start could not do better, or is not wanted.
  ///
  /// 1 is a start that failed: the first one is for whoever started us to see; a later one may find
  /// its port free again.
  package func isFinal(isToldToEnd: Bool, hasBeenReady: Bool, isFirst: Bool) -> Bool {
    if isToldToEnd { return true }
    return switch self {
    case .exited(0), .exited(2), .exited(64): true
    case .exited(1): isFirst && !hasBeenReady
    case .exited, .killed: false
    }
  }
}
