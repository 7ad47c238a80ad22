import Agent
import CLinux
package import Signals
import Synchronization
package import Threading

/// Makes addresses of names. The system's resolver blocks, for minutes when its servers do not
/// answer: it has the thread `postgres-names`, of which there is one at a time.
package final class NameThread: Sendable {
  private let isRunning = Atomic(false)

  package init() {}

  private final class Answer: Sendable {
    let found = Mutex<Result<[String], LinkError>?>(nil)
  }

  /// At least one, in the system's order.
  package func addresses(
    of name: String, interrupt: Interrupt, until deadline: MonotonicInstant
  ) throws(LinkError) -> [String] {
    let answer = Answer()
    guard let bell = PolledBell() else {
      throw LinkError(.unreachable, detail: "no descriptor for the resolver")
    }
    try becomeTheOne(interrupt: interrupt, until: deadline)
    let thread = NamedThread("postgres-names") {
      let found = Self.resolve(name)
      answer.found.withLock { $0 = found }
      self.isRunning.store(false, ordering: .releasing)
      bell.ring()
    }
    guard thread != nil else {
      isRunning.store(false, ordering: .releasing)
      throw LinkError(.unreachable, detail: "no thread for the resolver")
    }
    let wake = interrupt.wait(for: bell.descriptor, .readable, until: deadline)
    if wake.contains(.raised) { throw .interrupted }
    guard let found = answer.found.withLock({ $0 }) else {
      throw LinkError(.unreachable, detail: "the resolver does not answer")
    }
    return try found.get()
  }

  /// Waits for the look-up that nobody waits for any more.
  private func becomeTheOne(
    interrupt: Interrupt, until deadline: MonotonicInstant
  ) throws(LinkError) {
    while !isRunning.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing
    ).exchanged {
      let now = SystemClock.monotonic
      guard now < deadline else {
        throw LinkError(.unreachable, detail: "the resolver still hangs")
      }
      let next = min(deadline, now.advanced(by: .milliseconds(20)))
      if interrupt.wait(for: -1, [], until: next) == .raised { throw .interrupted }
    }
  }

  private static func resolve(_ name: String) -> Result<[String], LinkError> {
    var text = [CChar](repeating: 0, count: 2048)
    let code = unsafe clinux_resolve(name, &text, Int32(text.count))
    guard code == 0 else {
      let words = unsafe String(cString: clinux_resolve_error(code))
      return .failure(LinkError(.unreachable, detail: words))
    }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let addresses = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
    return addresses.isEmpty
      ? .failure(LinkError(.unreachable, detail: "a name without addresses"))
      : .success(addresses)
  }
}
