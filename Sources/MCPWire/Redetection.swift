import Signals

/// When to find out anew how a server is spoken to.
///
/// Asking leaves a dead session behind on some old servers, so it is rare.
enum Redetection {
  /// Between two detections of one server, whatever the reasons.
  static let pause = Duration.seconds(600)
  /// After this long a legacy verdict is checked even if nothing happened: an upgraded server goes
  /// on to answer the old way.
  static let period = Duration.seconds(86_400)

  static func isAllowed(_ memory: ServerMemory, at now: MonotonicInstant) -> Bool {
    guard let last = memory.detectedAt else { return true }
    return last.duration(to: now) >= pause
  }

  /// Whether a living legacy server should be asked again now. The period differs by up to a tenth
  /// from server to server, so that a fleet is not asked at once.
  static func isDue(_ memory: ServerMemory, url: String, at now: MonotonicInstant) -> Bool {
    guard isAllowed(memory, at: now) else { return false }
    guard let last = memory.detectedAt, !memory.failedSinceDetection else { return true }
    let spread = 0.9 + 0.2 * StableHash(of: url).fraction
    return last.duration(to: now) >= period.multiplied(by: spread, atMost: period * 2)
  }
}
