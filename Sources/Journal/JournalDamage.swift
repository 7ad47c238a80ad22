import Signals

/// Decides when a damaged journal gives way to a new one.
///
/// New connections read everything anew, so damage counts when it is met again: at once, or when
/// what was refused is committed again. One replacement a minute at most, or a broken disk would
/// fill with what was put aside.
struct JournalDamage: Sendable {
  private static let memory = Duration.seconds(300)
  private static let pause = Duration.seconds(60)
  private static let retryPause = Duration.seconds(5)

  private var metAt: MonotonicInstant?
  private var isCertain = false
  private var restsUntil: MonotonicInstant?

  mutating func meet(at now: MonotonicInstant) {
    if let metAt, metAt.duration(to: now) < Self.memory { isCertain = true }
    metAt = now
  }

  /// A new journal is to be begun now.
  func isDue(at now: MonotonicInstant) -> Bool {
    isCertain && restsUntil.map { $0 <= now } ?? true
  }

  mutating func replaced(at now: MonotonicInstant) {
    self = JournalDamage()
    restsUntil = now.advanced(by: Self.pause)
  }

  mutating func couldNotReplace(at now: MonotonicInstant) {
    restsUntil = now.advanced(by: Self.retryPause)
  }
}
