import CLinux
import Glibc
import Signals
import Synchronization
import Threading

/// The signals that a running agent obeys, taken by the thread `signals`, whatever else is busy.
///
/// SIGTERM and SIGINT: end in good order; a second one, or `limit` being over, ends the process at
/// once. SIGHUP: read the configuration again.
package final class ProcessSignals: Sendable {
  /// One element for all hangups that came since the last one was taken.
  package let hangups: AsyncStream<Void>
  private let toldHangup: AsyncStream<Void>.Continuation
  private let end = Mutex(End())
  private let limit: Duration
  private let onOverdue: @Sendable () -> Void

  private struct End {
    var isTold = false
    var action: (@Sendable () -> Void)?
  }

  private static let taken = [SIGTERM, SIGINT, SIGHUP]

  private static let descriptor = unsafe clinux_signals_open(taken, Int32(taken.count))

  /// Call it first: from now on signals wait for the `ProcessSignals`, of which there is one, and
  /// those of which nothing is to come are ignored.
  package static func hold() {
    _ = descriptor
    for signal in [SIGPIPE, SIGUSR1, SIGUSR2] { clinux_signal_ignore(signal) }
  }

  /// `onOverdue` is called when the end has taken `limit`, before the process is ended with 1.
  /// `nil` when the process has no descriptor or thread left.
  package init?(limit: Duration, onOverdue: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.onOverdue = onOverdue
    (hangups, toldHangup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    guard Self.descriptor >= 0,
      NamedThread("signals", { [self] in listen(on: Self.descriptor) }) != nil
    else { return nil }
  }

  /// What to do when the process is told to end; at once if that has happened.
  package func onEnd(_ action: @escaping @Sendable () -> Void) {
    let isTold = end.withLock { end in
      end.action = action
      return end.isTold
    }
    if isTold { action() }
  }

  private func listen(on descriptor: Int32) {
    var deadline: MonotonicInstant?
    while true {
      var timeout: Int32 = -1
      if let deadline {
        let left = SystemClock.monotonic.duration(to: deadline).wholeMilliseconds
        guard left > 0 else { break }
        timeout = Int32(clamping: left.addingSaturating(1))
      }
      _ = clinux_wait(descriptor, clinux_readable, -1, -1, timeout)
      while case let signal = clinux_signals_next(descriptor), signal != 0 {
        if signal == SIGHUP {
          toldHangup.yield()
        } else if deadline == nil {
          deadline = SystemClock.monotonic.advanced(by: limit)
          tellEnd()
        } else {
          clinux_end_by_signal(signal)
        }
      }
    }
    onOverdue()
    _exit(1)
  }

  private func tellEnd() {
    let action = end.withLock { end in
      end.isTold = true
      return end.action
    }
    action?()
  }
}
