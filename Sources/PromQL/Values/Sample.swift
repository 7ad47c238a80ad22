/// A value at an instant, in milliseconds since the Unix epoch.
public struct Sample: Equatable, Sendable {
  public var time: Int64
  public var value: Double

  public init(time: Int64, value: Double) {
    self.time = time
    self.value = value
  }
}

/// The NaN that says a series has ended; one bit pattern, no other NaN means it.
public enum StaleMarker {
  public static let bits: UInt64 = 0x7ff0_0000_0000_0002
  public static let value = Double(bitPattern: bits)
}

extension Double {
  /// Whether this is the stale marker, not just any NaN.
  public var isStaleMarker: Bool { bitPattern == StaleMarker.bits }
}

/// Samples of one series, in ascending time; filled by a source, read by the evaluator, reused.
public struct SampleBuffer: Sendable {
  public var times: [Int64] = []
  public var values: [Double] = []

  public init() {}

  public var count: Int { times.count }

  public mutating func append(time: Int64, value: Double) {
    times.append(time)
    values.append(value)
  }

  public mutating func removeAll() {
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }
}
