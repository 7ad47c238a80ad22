import CLinux
import Glibc
import Signals
import Synchronization
import Threading

/// Who has started this process and wants to hear how it fares: systemd (`Type=notify`), or the
/// parent of `--supervise`. Speaks the datagrams of sd_notify(3).
///
/// What cannot be sent within 100 ms is left out; nobody is told, since there is nobody else.
package final class ServiceManager: Sendable {
  /// Silence for this long is taken for a hang; `nil`: nobody watches.
  package let watchdogInterval: Duration?
  /// A path or an `@abstract` name.
  private let socket: String
  private let lastSign = Mutex<MonotonicInstant?>(nil)

  /// `nil` without a socket to tell, or with one of a kind that is not known here.
  package init?(environment: [String: String], processID: Int32 = getpid()) {
    guard let socket = environment["NOTIFY_SOCKET"], (2...107).contains(socket.utf8.count),
      socket.hasPrefix("/") || socket.hasPrefix("@")
    else { return nil }
    self.socket = socket
    let isMeant = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdogInterval = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
  }

  /// The start is over: what was started after this process may use it.
  package func ready() { send("READY=1") }

  /// The configuration is being read again; `ready()` says when that is done.
  package func reloading() {
    let now = SystemClock.monotonic.nanoseconds / 1000
    send("RELOADING=1\nMONOTONIC_USEC=\(now)")
  }

  package func stopping() { send("STOPPING=1") }

  /// A line for `systemctl status`.
  package func status(_ text: String) {
    send("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
  }

  /// A sign of life. Cheap: what comes within a quarter of the interval is not sent.
  package func watchdog() {
    guard let interval = watchdogInterval else { return }
    let now = SystemClock.monotonic
    let isDue = lastSign.withLock { last in
      if let last, last.duration(to: now) < interval / 4 { return false }
      last = now
      return true
    }
    if isDue { send("WATCHDOG=1") }
  }

  private func send(_ text: String) {
    _ = unsafe clinux_notify_send(socket, text, Int32(clamping: text.utf8.count))
  }
}
