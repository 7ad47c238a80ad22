import Signals
import Synchronization
import Threading

/// Runs queries on a few threads of its own, with stacks that a deep query cannot exhaust: never on
/// the pool of tasks or on an event loop. What waits is bounded.
package final class QueryThreads: Sendable {
  package struct Bounds: Sendable {
    package var threads = 2
    /// Queries that wait for a thread; one more is answered 503.
    package var waiting = 64
    package var stackBytes = 16 << 20

    package init() {}
  }

  private typealias Job = @Sendable (PreparedQueries) -> Void

  private struct State {
    var waiting: [Job] = []
    /// Started by the first query.
    var threads: [NamedThread] = []
    var bell: Bell?
    package var refused: UInt64 = 0
  }

  private let bounds: Bounds
  private let state = Mutex(State())
  private let ending = Flag()

  package init(_ bounds: Bounds = Bounds()) { self.bounds = bounds }

  /// Queries that were answered 503 because too many waited.
  package var refused: UInt64 { state.withLock { $0.refused } }

  /// Runs `body` on a thread; its time runs from now on, waiting included. What `body` makes is
  /// dropped on that thread, but for its result.
  package func run<Output: Sendable>(
    within limit: Duration,
    _ body: @escaping @Sendable (QueryClock, PreparedQueries) throws(Problem) -> Output
  ) async throws -> Output {
    let clock = QueryClock(limit: limit, ending: ending)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isTaken = take { prepared in
          let result: Result<Output, any Error>
          do throws(Problem) {
            try clock.check(during: "query queue")
            result = .success(try body(clock, prepared))
          } catch {
            result = .failure(error)
          }
          continuation.resume(with: result)
        }
        if !isTaken {
          continuation.resume(
            throwing: Problem.unavailable("too many queries are waiting; try again"))
        }
      }
    } onCancel: {
      clock.cancel()
    }
  }

  /// Ends what runs and what waits, and the threads; further queries are refused.
  package func end() {
    state.withLock { state in
      ending.raise()
      state.bell?.ring()
    }
  }

  private func take(_ job: @escaping Job) -> Bool {
    state.withLock { state in
      guard !ending.isRaised, state.waiting.count < bounds.waiting, start(&state) else {
        state.refused += 1
        return false
      }
      state.waiting.append(job)
      state.bell?.ring()
      return true
    }
  }

  /// Whether there is a thread.
  private func start(_ state: inout State) -> Bool {
    guard state.threads.isEmpty else { return true }
    guard let bell = state.bell ?? Bell() else { return false }
    state.bell = bell
    for _ in 0..<bounds.threads {
      let thread = NamedThread("query", stackBytes: bounds.stackBytes) { [self] in work(bell) }
      if let thread { state.threads.append(thread) }
    }
    return !state.threads.isEmpty
  }

  private func work(_ bell: Bell) {
    let prepared = PreparedQueries()
    while true {
      bell.wait(until: nil)
      while let job = next(bell) { job(prepared) }
      // Under the lock, so that no query comes in behind the last look.
      let isOver = state.withLock { ending.isRaised && $0.waiting.isEmpty }
      if isOver { return bell.ring() }  // for the next thread
    }
  }

  private func next(_ bell: Bell) -> Job? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let job = state.waiting.removeFirst()
      if !state.waiting.isEmpty { bell.ring() }  // two rings may have woken one thread
      return job
    }
  }
}

/// Raised once.
final class Flag: Sendable {
  private let value = Atomic(false)
  var isRaised: Bool { value.load(ordering: .relaxed) }
  func raise() { value.store(true, ordering: .relaxed) }
}

/// How long a query may go on.
package final class QueryClock: Sendable {
  private let deadline: MonotonicInstant
  private let isCanceled = Flag()
  private let ending: Flag

  init(limit: Duration, ending: Flag = Flag()) {
    deadline = SystemClock.monotonic.advanced(by: limit)
    self.ending = ending
  }

  /// Whoever asked is gone.
  func cancel() { isCanceled.raise() }

  var mayContinue: Bool { problem(during: "") == nil }

  package func check(during phase: String) throws(Problem) {
    if let problem = problem(during: phase) { throw problem }
  }

  /// Why the query may not go on.
  func problem(during phase: String) -> Problem? {
    if isCanceled.isRaised || ending.isRaised { return .canceled(in: phase) }
    return SystemClock.monotonic < deadline ? nil : .timeout(in: phase)
  }
}
