import PromQL
import Signals

/// Prometheus's remote-write message: the only way in that carries stale markers. Protocol buffers
/// in a snappy block that holds literals only.
enum RemoteWrite {
  /// One message for the samples from `from` up to, not including, `end`.
  static func message(_ series: [GeneratedSeries], from: Int64, before end: Int64) -> [UInt8] {
    var request: [UInt8] = []
    for one in series {
      var body: [UInt8] = []
      for label in one.labels.labels {
        var pair: [UInt8] = []
        appendField(1, Array(label.name.utf8), to: &pair)
        appendField(2, Array(label.value.utf8), to: &pair)
        appendField(1, pair, to: &body)
      }
      let samples = one.samples.filter { $0.time >= from && $0.time < end }
      for sample in samples { appendField(2, encoded(sample), to: &body) }
      if !samples.isEmpty { appendField(1, body, to: &request) }
    }
    return snappy(request)
  }

  private static func encoded(_ sample: Sample) -> [UInt8] {
    var bytes: [UInt8] = [1 << 3 | 1]
    var bits = sample.value.bitPattern
    if sample.value.isNaN && !sample.value.isStaleMarker { bits = 0x7ff8_0000_0000_0001 }
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
    bytes.append(2 << 3)
    appendNumber(UInt64(bitPattern: sample.time), to: &bytes)
    return bytes
  }

  private static func appendField(_ number: UInt8, _ content: [UInt8], to bytes: inout [UInt8]) {
    bytes.append(number << 3 | 2)
    appendNumber(UInt64(content.count), to: &bytes)
    bytes += content
  }

  private static func appendNumber(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func snappy(_ content: [UInt8]) -> [UInt8] {
    var block: [UInt8] = []
    appendNumber(UInt64(content.count), to: &block)
    var start = 0
    while start < content.count {
      let end = min(start + 65_536, content.count)
      let length = end - start - 1
      block += [61 << 2, UInt8(length & 0xff), UInt8(length >> 8)]
      block += content[start..<end]
      start = end
    }
    return block
  }
}
