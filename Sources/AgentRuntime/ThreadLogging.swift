package import Agent
import Synchronization

/// What log lines say of the threads that write them. Any thread may change it at any time; the
/// next line follows.
package final class ThreadLogging: Sendable {
  /// Both switches in one word, so that a line never sees half of a change.
  private let word: Atomic<UInt8>

  package init(_ settings: LoggingSettings = LoggingSettings()) {
    word = Atomic(Self.word(settings))
  }

  package func follow(_ settings: LoggingSettings) {
    word.store(Self.word(settings), ordering: .relaxed)
  }

  package var current: LoggingSettings {
    let word = word.load(ordering: .relaxed)
    var settings = LoggingSettings()
    settings.threadName = word & 1 != 0
    settings.threadID = word & 2 != 0
    return settings
  }

  private static func word(_ settings: LoggingSettings) -> UInt8 {
    (settings.threadName ? 1 : 0) | (settings.threadID ? 2 : 0)
  }
}
