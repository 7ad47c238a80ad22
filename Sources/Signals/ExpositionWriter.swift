/// Writes families and samples as text, in blocks that end where a line ends and go to a sink.
///
/// Numbers are whole or fixed-point, so that none of them goes through a shortest-double printer:
/// what the agent measures are counts, milliseconds and microseconds.
///
/// The same families can be collected as samples in place of text: see `init(collecting:)`.
package struct ExpositionWriter {
  package let format: ExpositionFormat
  private let sink: ([UInt8]) -> Void
  private var block: [UInt8] = []
  private let blockSize: Int
  private var name: [UInt8] = []
  /// Declares the family; written before its first sample, so that an empty one is left out.
  private var header: [UInt8] = []
  private var labels: [UInt8] = []
  private let isCollecting: Bool
  package private(set) var collected: [CollectedSample] = []

  /// A block may end from `blockSize` bytes on. A sink that keeps no block costs no allocation.
  package init(
    format: ExpositionFormat, blockSize: Int = 32 << 10, sink: @escaping ([UInt8]) -> Void
  ) {
    self.format = format
    self.blockSize = blockSize
    self.sink = sink
    isCollecting = false
    block.reserveCapacity(2 * blockSize)
  }

  /// A writer that writes nothing: samples are appended to `collected`, which starts with room for
  /// as many. Families and the labels of their series are for the caller to know.
  package init(collecting count: Int) {
    format = .text004
    blockSize = 0
    sink = { _ in }
    isCollecting = true
    collected.reserveCapacity(count)
  }

  /// Begins a family; its samples follow.
  package mutating func begin(_ family: MetricFamily) {
    name = Array(family.name.utf8)
    var declared = family.name
    if format == .openMetrics100 && family.kind == .counter && declared.hasSuffix("_total") {
      declared.removeLast("_total".count)
    }
    header = Array("# HELP \(declared) \(family.help)\n".utf8)
    header.append(contentsOf: "# TYPE \(declared) \(family.kind.rawValue)\n".utf8)
  }

  /// The labels of the samples that follow: `mcp="a",team="b"`, escaped; may be empty.
  package mutating func setLabels(_ rendered: [UInt8]) { labels = rendered }

  /// A sample of the current family. `label` is rendered (`state="open"`) and comes last.
  package mutating func sample(
    _ value: MetricValue, suffix: SampleSuffix = .none, label: [UInt8] = []
  ) {
    if isCollecting {
      collected.append(CollectedSample(value: value, suffix: suffix, label: label))
      return
    }
    if !header.isEmpty {
      block.append(contentsOf: header)
      header.removeAll(keepingCapacity: true)
    }
    block.append(contentsOf: name)
    if suffix != .none { block.append(contentsOf: suffix.rawValue.utf8) }
    if !labels.isEmpty || !label.isEmpty {
      block.append(UInt8(ascii: "{"))
      block.append(contentsOf: labels)
      if !labels.isEmpty && !label.isEmpty { block.append(UInt8(ascii: ",")) }
      block.append(contentsOf: label)
      block.append(UInt8(ascii: "}"))
    }
    block.append(UInt8(ascii: " "))
    value.append(to: &block)
    block.append(UInt8(ascii: "\n"))
  }

  /// A place where a block may end; `always` ends it whatever its size.
  package mutating func breakBlock(always: Bool = false) {
    guard always ? !block.isEmpty : block.count >= blockSize else { return }
    sink(block)
    block.removeAll(keepingCapacity: true)
  }

  /// Ends the page.
  package mutating func finish() {
    if format == .openMetrics100 { block.append(contentsOf: "# EOF\n".utf8) }
    breakBlock(always: true)
  }
}

/// What the name of a series has beyond that of its family.
package enum SampleSuffix: String, Sendable {
  case none = ""
  case bucket = "_bucket"
  case sum = "_sum"
  case count = "_count"
}

/// A sample that was not written as text.
package struct CollectedSample: Sendable {
  package var value: MetricValue
  package var suffix: SampleSuffix
  /// Rendered, as in the text; empty when there is none.
  package var label: [UInt8]
}

/// A number as it is counted, printed as the base unit wants it.
package enum MetricValue: Equatable, Sendable {
  case whole(Int64)
  /// Printed in seconds.
  case milliseconds(Int64)
  /// Printed in seconds.
  case microseconds(Int64)

  package static func whole(_ value: UInt64) -> Self {
    .whole(Int64(clamping: value))
  }
  package static func whole(_ value: Int) -> Self { .whole(Int64(value)) }
  package static func flag(_ value: Bool) -> Self { .whole(value ? Int64(1) : 0) }
  package static func seconds(_ duration: Duration) -> Self {
    .microseconds(duration.wholeMicroseconds)
  }
  package static func seconds(_ timestamp: Timestamp) -> Self {
    .milliseconds(timestamp.milliseconds)
  }

  /// What a reader of the page makes of the number.
  package var double: Double {
    switch self {
    case .whole(let value): Double(value)
    case .milliseconds(let value): Double(value) / 1e3
    case .microseconds(let value): Double(value) / 1e6
    }
  }

  package func append(to out: inout [UInt8]) {
    switch self {
    case .whole(let value): Self.append(value, decimals: 0, to: &out)
    case .milliseconds(let value): Self.append(value, decimals: 3, to: &out)
    case .microseconds(let value): Self.append(value, decimals: 6, to: &out)
    }
  }

  /// Writes `value / 10^decimals` without trailing zeros.
  private static func append(_ value: Int64, decimals: Int, to out: inout [UInt8]) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = value.magnitude
    var count = 0
    while rest > 0 || count <= decimals {
      digits[count] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
      rest /= 10
      count += 1
    }
    if value < 0 { out.append(UInt8(ascii: "-")) }
    var last = 0  // the least place that is written
    while last < decimals && digits[last] == UInt8(ascii: "0") { last += 1 }
    var place = count - 1
    while place >= last {
      out.append(digits[place])
      if place == decimals && place > last { out.append(UInt8(ascii: ".")) }
      place -= 1
    }
  }
}
