import CLinux
import Glibc
import Signals
import Threading

/// The parent of `--supervise`: runs this program as its child, starts it again when it ends by
/// mistake, passes signals on, and reaps whatever else it becomes the parent of (as PID 1).
///
/// It has one thread, which waits for signals, for the child's messages and for deadlines.
package struct ProcessSupervisor {
  /// What is worth a line.
  package enum Report: Equatable, Sendable {
    case restart(process: Int32, end: ChildEnd, reason: Reason, lived: Duration, pause: Duration)
    case cannotStart(error: Int32, pause: Duration)
    /// It did not end although it was told to.
    case overdue(process: Int32)

    package enum Reason: String, Sendable { case crash, watchdog }
  }

  /// For the child: the process id of its parent.
  package static let parentVariable = "BREAKWATER_SUPERVISOR"

  private static let taken = [SIGTERM, SIGINT, SIGHUP, SIGCHLD]
  /// What waits until the child takes it, however early it comes.
  private static let heldForChild = [SIGTERM, SIGINT, SIGHUP]
  /// From the first signal to SIGKILL; a child of ours ends by itself within 10 s.
  private static let endLimit: Duration = .seconds(30)

  private let arguments: [String]
  private let watchdogInterval: Duration?
  private let report: (Report) -> Void
  private let signals: Int32
  private let messages: NotificationSocket

  private var child: Child?
  private var pauses = RespawnPause()
  private var starts = 0
  private var hasBeenReady = false
  private var isToldToEnd = false
  private var startsAt: MonotonicInstant?

  private struct Child {
    var process: Int32
    var startedAt: MonotonicInstant
    /// When its silence has lasted too long.
    var silentAt: MonotonicInstant?
    var killAt: MonotonicInstant?
    var reason = Report.Reason.crash
  }

  /// Call it before there is another thread, and once.
  ///
  /// `arguments`: those of the child, its name first. `nil` when there is no descriptor left.
  package init?(
    arguments: [String], watchdogInterval: Duration?, report: @escaping (Report) -> Void
  ) {
    self.arguments = arguments
    self.watchdogInterval = watchdogInterval
    self.report = report
    for signal in [SIGPIPE, SIGUSR1, SIGUSR2] { clinux_signal_ignore(signal) }
    signals = unsafe clinux_signals_open(Self.taken, Int32(Self.taken.count))
    guard signals >= 0, let messages = NotificationSocket() else { return nil }
    self.messages = messages
    unsafe setenv("NOTIFY_SOCKET", messages.name, 1)
    unsafe setenv(Self.parentVariable, String(getpid()), 1)
    unsafe unsetenv("WATCHDOG_PID")
    // Writing a backtrace takes many seconds, in which nothing is watched; who wants one says so.
    unsafe setenv("SWIFT_BACKTRACE", "enable=no", 0)
    if let watchdogInterval {
      unsafe setenv("WATCHDOG_USEC", String(watchdogInterval.wholeMicroseconds), 1)
    } else {
      unsafe unsetenv("WATCHDOG_USEC")
    }
  }

  /// Returns the exit status, when there is nothing to start any more.
  package mutating func run() -> Int32 {
    startsAt = SystemClock.monotonic
    while true {
      if let startsAt, startsAt <= SystemClock.monotonic { start() }
      let overslept = wait()
      hearChild()
      // Signals first: a SIGCHLD that is taken here has its child reaped next.
      if let status = obeySignals() ?? reap() { return status }
      actOnDeadlines(wasStopped: overslept)
    }
  }

  private mutating func start() {
    startsAt = nil
    let block = arguments.map { $0 + "\0" }.joined()
    var process: Int32 = 0
    let code = unsafe clinux_spawn(
      "/proc/self/exe", block, Int32(clamping: arguments.count), Self.heldForChild,
      Int32(Self.heldForChild.count), &process)
    guard code == 0 else {
      let pause = pauses.pause(lived: .zero, chance: .random(in: 0..<1))
      report(.cannotStart(error: code, pause: pause))
      startsAt = SystemClock.monotonic.advanced(by: pause)
      return
    }
    starts += 1
    child = Child(process: process, startedAt: SystemClock.monotonic)
  }

  /// Waits for a signal, a message or a deadline. True when the deadline is long over: this process
  /// did not run, and so perhaps the child neither.
  private func wait() -> Bool {
    let deadline = [startsAt, child?.silentAt, child?.killAt].compactMap { $0 }.min()
    var timeout: Int32 = -1
    if let deadline {
      let left = SystemClock.monotonic.duration(to: deadline).wholeMilliseconds
      timeout = Int32(clamping: max(0, left.addingSaturating(1)))
    }
    _ = clinux_wait(messages.descriptor, clinux_readable, signals, -1, timeout)
    guard let deadline else { return false }
    return deadline.duration(to: SystemClock.monotonic) > .seconds(1)
  }

  private mutating func hearChild() {
    while let lines = messages.next(from: child?.process ?? -1) {
      for line in lines {
        switch line {
        case "READY=1":
          hasBeenReady = true
          noteLife()
        case "WATCHDOG=1":
          if child?.silentAt != nil { noteLife() }
        case "STOPPING=1":
          child?.silentAt = nil
          limitEnd()
        default: break
        }
      }
    }
  }

  private mutating func noteLife() {
    guard let watchdogInterval, child?.killAt == nil else { return }
    child?.silentAt = SystemClock.monotonic.advanced(by: watchdogInterval)
  }

  private mutating func limitEnd() {
    guard child?.killAt == nil else { return }
    child?.killAt = SystemClock.monotonic.advanced(by: Self.endLimit)
  }

  /// Takes the ends of all children; the exit status when the agent's is final.
  private mutating func reap() -> Int32? {
    var (status, signal): (Int32, Int32) = (-1, -1)
    while case let process = unsafe clinux_reap(&status, &signal), process != 0 {
      guard let child, child.process == process else { continue }
      self.child = nil
      let end: ChildEnd = signal >= 0 ? .killed(signal: signal) : .exited(status)
      if end.isFinal(isToldToEnd: isToldToEnd, hasBeenReady: hasBeenReady, isFirst: starts == 1) {
        return end.status
      }
      let now = SystemClock.monotonic
      let lived = child.startedAt.duration(to: now)
      let pause = pauses.pause(lived: lived, chance: .random(in: 0..<1))
      startsAt = now.advanced(by: pause)
      report(
        .restart(process: process, end: end, reason: child.reason, lived: lived, pause: pause))
    }
    return nil
  }

  /// Passes signals on; the exit status when nobody is there to end.
  private mutating func obeySignals() -> Int32? {
    while case let signal = clinux_signals_next(signals), signal != 0 {
      if signal == SIGCHLD { continue }
      if signal != SIGHUP { isToldToEnd = true }
      guard let child else {
        if isToldToEnd { return 0 }
        continue
      }
      kill(child.process, signal)
      if isToldToEnd {
        self.child?.silentAt = nil
        limitEnd()
      }
    }
    return nil
  }

  private mutating func actOnDeadlines(wasStopped: Bool) {
    guard let child else { return }
    let now = SystemClock.monotonic
    if let killAt = child.killAt, killAt <= now {
      self.child?.killAt = nil
      report(.overdue(process: child.process))
      kill(child.process, SIGKILL)
    }
    guard let silentAt = child.silentAt, silentAt <= now else { return }
    if wasStopped {
      noteLife()
    } else {
      self.child?.silentAt = nil
      self.child?.reason = .watchdog
      kill(child.process, SIGKILL)
    }
  }
}
