import Agent
import CBcrypt
import CCrypto
import NIOPosix
import Signals
import Synchronization
import Threading

/// Checks passwords: on a thread of their own, since one check takes 50 ms of CPU and more. Who
/// asks the same at the same time waits for one check, and what was right lately is known without
/// one, so that a scraper does not pay each time.
final class Passwords: Sendable {
  struct Bounds: Sendable {
    /// Checks that wait for the thread, over all peers and of one address.
    var waiting = 32
    var waitingOfAddress = 4
    /// Right ones that are remembered.
    var remembered = 128
  }

  /// A keyed hash of name, hash and password, each with its length: nobody can make one be taken
  /// for another, and another hash in the file is another mark.
  private typealias Mark = [UInt8]
  private typealias Waiter = CheckedContinuation<Bool, any Error>

  private struct State {
    var waiting: [Mark: [Waiter]] = [:]
    var waitingOf: [String: Int] = [:]
    /// Oldest first.
    var right: [Mark] = []
    var isOver = false
  }

  private enum Entry { case known, joined, first, full }

  private let bounds: Bounds
  private let pool = NIOThreadPool(numberOfThreads: 1)
  private let secret: [UInt8]
  private let state = Mutex(State())

  init(_ bounds: Bounds = Bounds()) {
    self.bounds = bounds
    var random = SystemRandomNumberGenerator()
    secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// Makes the thread, while there surely is one to be had: the library ends the process when there
  /// is not.
  func prepare() { pool.start() }

  func end() {
    state.withLock { $0.isOver = true }
    pool.shutdownGracefully { _ in }
  }

  /// Whether there is such a user with this password; who is no user costs as much. Throws when too
  /// many checks wait.
  func isRight(
    _ password: Secret, of name: String, among users: [WebUser], from address: String
  ) async throws -> Bool {
    let user = users.first { $0.name == name }
    let hash = user?.passwordHash ?? Self.hashOfNobody(like: users)
    guard let mark = mark(password, of: name, hash) else { return false }
    return try await withCheckedThrowingContinuation { waiter in
      switch enter(mark, waiter, address) {
      case .known: waiter.resume(returning: true)
      case .joined: break
      case .first: check(password, hash, mark, address)
      case .full:
        waiter.resume(
          throwing: Problem.unavailable("too many passwords wait to be checked")
            .because(.passwords))
      }
    }
  }

  private func enter(_ mark: Mark, _ waiter: Waiter, _ address: String) -> Entry {
    state.withLock { state in
      if state.right.contains(mark) { return .known }
      if state.waiting[mark] != nil {
        state.waiting[mark]?.append(waiter)
        return .joined
      }
      let own = state.waitingOf[address] ?? 0
      guard !state.isOver, state.waiting.count < bounds.waiting, own < bounds.waitingOfAddress
      else { return .full }
      state.waiting[mark] = [waiter]
      state.waitingOf[address] = own + 1
      pool.start()  // users may have come since the start
      return .first
    }
  }

  private func check(_ password: Secret, _ hash: Secret, _ mark: Mark, _ address: String) {
    pool.submit { [self] work in
      CurrentThread.take(name: "passwords")
      var isRight = false
      if work == .active {
        isRight = unsafe cbcrypt_matches(password.exposed, hash.exposed)
      }
      for waiter in leave(mark, address, isRight: isRight) { waiter.resume(returning: isRight) }
    }
  }

  private func leave(_ mark: Mark, _ address: String, isRight: Bool) -> [Waiter] {
    state.withLock { state in
      let own = (state.waitingOf[address] ?? 1) - 1
      state.waitingOf[address] = own > 0 ? own : nil
      if isRight {
        state.right.append(mark)
        if state.right.count > bounds.remembered { state.right.removeFirst() }
      }
      return state.waiting.removeValue(forKey: mark) ?? []
    }
  }

  private func mark(_ password: Secret, of name: String, _ hash: Secret) -> Mark? {
    var text: [UInt8] = []
    for part in [name, hash.exposed, password.exposed] {
      text += Array("\(part.utf8.count):".utf8) + Array(part.utf8)
    }
    var mark = Mark(repeating: 0, count: 32)
    let code = unsafe ccrypto_hmac_sha256(secret, secret.count, text, text.count, &mark)
    return code == 1 ? mark : nil
  }

  /// No password gives it; as dear as the dearest of the users, so that the time says nothing where
  /// they are alike.
  private static func hashOfNobody(like users: [WebUser]) -> Secret {
    let cost = users.map { $0.passwordHash.exposed.dropFirst(4).prefix(2) }.max() ?? "10"
    return Secret("$2b$\(cost)$" + String(repeating: ".", count: 53))
  }
}
