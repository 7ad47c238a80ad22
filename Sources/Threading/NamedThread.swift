import CLinux
import Signals
import Synchronization

/// A thread of our own, known by name to `top -H` and to debuggers.
package final class NamedThread: Sendable {
  private let thread: UInt64
  private let hasEnded = Mutex(false)

  /// Starts `body` on a new thread that has its name first and never dies of SIGPIPE.
  /// `name` has at most `CurrentThread.nameLimit` bytes. `nil` when the system has no thread left.
  /// `stackBytes`: for deep recursion; 0 is the system's own, 8 MiB as a rule. `pulse` is told of
  /// the end.
  package init?(
    _ name: StaticString, stackBytes: Int = 0, pulse: Pulse? = nil,
    _ body: sending @escaping () -> Void
  ) {
    precondition(
      name.utf8CodeUnitCount <= CurrentThread.nameLimit, "the kernel would cut this name")
    let start = unsafe Unmanaged.passRetained(Start(name, pulse, body))
    var thread: UInt64 = 0
    let code = unsafe clinux_thread_start(
      &thread, UInt64(max(0, stackBytes)),
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      return nil
    }
    self.thread = thread
  }

  deinit {
    if !hasEnded.withLock({ $0 }) { clinux_thread_detach(thread) }
  }

  /// Waits for the end of the thread; false when `timeout` was over first, or on the thread itself.
  package func join(timeout: Duration) -> Bool {
    guard thread != clinux_thread_self() else { return false }
    return hasEnded.withLock { hasEnded in
      if !hasEnded {
        hasEnded = clinux_thread_join(thread, timeout.wholeNanoseconds) == 0
      }
      return hasEnded
    }
  }

  private final class Start {
    let name: StaticString
    let pulse: Pulse?
    let body: () -> Void

    init(_ name: StaticString, _ pulse: Pulse?, _ body: @escaping () -> Void) {
      self.name = name
      self.pulse = pulse
      self.body = body
    }

    func run() {
      name.withUTF8Buffer { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          if let base = characters.baseAddress { unsafe clinux_name_thread(base) }
        }
      }
      clinux_block_sigpipe()
      body()
      pulse?.end()
    }
  }
}
