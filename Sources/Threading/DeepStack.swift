import Synchronization

/// For what recurses as deep as its input: expressions of rules.
package enum DeepStack {
  package static let bytes = 16 << 20

  /// Runs `body` on a thread with a stack of 16 MiB and waits for it; `nil` when the system has no
  /// thread left. Not for event loops: it blocks.
  package static func run<Value: Sendable>(_ body: @Sendable @escaping () -> Value) -> Value? {
    let box = Box(body)
    guard let thread = NamedThread("loader", stackBytes: bytes, { box.run() }) else { return nil }
    _ = thread.join(timeout: .seconds(3600))
    return box.result.withLock { $0 }
  }

  private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Value?>(nil)
    private let body: @Sendable () -> Value

    init(_ body: @escaping @Sendable () -> Value) { self.body = body }

    func run() {
      let value = body()
      result.withLock { $0 = value }
    }
  }
}
