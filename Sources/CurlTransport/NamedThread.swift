import CLinux
import Synchronization

/// A thread of our own, known by name to `top -H` and to debuggers.
final class NamedThread: Sendable {
  private let thread: UInt64
  private let isGone = Mutex(false)

  /// Starts `body` on a new thread; `name` has at most 15 bytes. Throws when there is no thread left.
  init(_ name: StaticString, _ body: sending @escaping () -> Void) throws(ProberError) {
    let start = unsafe Unmanaged.passRetained(Start(name, body))
    var thread: UInt64 = 0
    let code = unsafe clinux_thread_start(
      &thread,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      throw ProberError(description: "cannot start the thread \(name): error \(code)")
    }
    self.thread = thread
  }

  deinit {
    if !isGone.withLock({ $0 }) { clinux_thread_detach(thread) }
  }

  /// Waits for the end of the thread; false when `timeout` was over first, or on the thread itself.
  func join(timeout: Duration) -> Bool {
    guard thread != clinux_thread_self() else { return false }
    return isGone.withLock { isGone in
      if !isGone {
        isGone = clinux_thread_join(thread, (Clock.now + timeout).clampedNanoseconds) == 0
      }
      return isGone
    }
  }

  private final class Start {
    let name: StaticString
    let body: () -> Void

    init(_ name: StaticString, _ body: @escaping () -> Void) {
      self.name = name
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
    }
  }
}
