/// What a query came to.
public struct QueryResult: Sendable {
  public var value: QueryValue
  public var annotations: Annotations
  /// The most samples that were held at once, as the budget counts them.
  public var peakSamples: Int

  public init(value: QueryValue, annotations: Annotations = Annotations(), peakSamples: Int = 0) {
    self.value = value
    self.annotations = annotations
    self.peakSamples = peakSamples
  }
}

public enum QueryValue: Equatable, Sendable {
  case scalar(Sample)
  case string(time: Int64, String)
  /// In the order that the query gives: sorted by labels, or as `sort` and `topk` put them.
  case vector([VectorElement])
  /// Sorted by labels.
  case matrix([SampleSeries])
}

public struct VectorElement: Equatable, Sendable {
  public var labels: LabelSet
  public var sample: Sample

  public init(labels: LabelSet, sample: Sample) {
    self.labels = labels
    self.sample = sample
  }
}

public struct SampleSeries: Equatable, Sendable {
  public var labels: LabelSet
  /// In ascending time.
  public var samples: [Sample]

  public init(labels: LabelSet, samples: [Sample]) {
    self.labels = labels
    self.samples = samples
  }
}

/// Something a user should know of a result that is there all the same.
public struct Annotation: Hashable, Sendable {
  public enum Level: String, Sendable { case warning, info }

  public var level: Level
  /// `PromQL warning: …` or `PromQL info: …`, without the place.
  public var message: String
  /// The bytes of the query that it is about.
  public var range: ByteRange

  public init(level: Level, message: String, range: ByteRange) {
    self.level = level
    self.message = message
    self.range = range
  }

  /// With ` (line:column)` of its place in the query, as the HTTP API shows it.
  public func text(in query: String) -> String {
    let place = TextPosition(of: range.lowerBound, in: query)
    return "\(message) (\(place))"
  }
}

/// Annotations, each once, in the order in which they came up; bounded.
public struct Annotations: Sendable {
  public private(set) var all: [Annotation] = []
  private var known: Set<Annotation> = []
  static let most = 1000

  public init() {}

  public mutating func add(_ annotation: Annotation) {
    guard all.count < Self.most, known.insert(annotation).inserted else { return }
    all.append(annotation)
  }
}

/// Line and column, both from 1; columns count bytes, as Prometheus counts them.
public struct TextPosition: Equatable, Sendable, CustomStringConvertible {
  public var line = 1
  public var column = 1

  /// The place of the byte at `offset`.
  public init(of offset: Int, in text: String) {
    for byte in text.utf8.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
  }

  public var description: String { "\(line):\(column)" }
}
