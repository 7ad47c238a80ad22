package import PromQL
import Signals

/// Writes results of queries in Prometheus's envelope.
package struct ResultWriter {
  private var out = JSONBlocks()
  private let mostBytes: Int

  package init(mostBytes: Int) { self.mostBytes = mostBytes }

  /// What Prometheus says when `limit` has cut something off.
  static let truncated = "results truncated due to limit"

  /// Warnings and infos of one kind that are shown; the rest is counted.
  private static let mostNotes = 10

  /// An answer without warnings, whose data `write` writes.
  mutating func success(
    warnings: [String] = [], infos: [String] = [],
    _ write: (inout JSONBlocks) throws(Problem) -> Void
  ) throws(Problem) -> [[UInt8]] {
    out.raw(#"{"status":"success","data":"#)
    try write(&out)
    for (notes, isWarning) in [(warnings, true), (infos, false)] where !notes.isEmpty {
      isWarning ? out.raw(#","warnings":"#) : out.raw(#","infos":"#)
      out.strings(notes)
    }
    out.raw("}\n")
    guard out.byteCount <= mostBytes else { throw .resultTooLarge(mostBytes) }
    return out.finish()
  }

  /// A query's result, cut to `limit` elements.
  package mutating func result(
    _ result: QueryResult, of query: String, limit: Int?
  ) throws(Problem) -> [[UInt8]] {
    var (warnings, infos) = Self.notes(result.annotations, in: query)
    let isCut = limit.map { result.value.elementCount > $0 } ?? false
    if isCut { warnings.append(Self.truncated) }
    let most = limit ?? .max
    let mostBytes = self.mostBytes
    return try success(warnings: warnings, infos: infos) { out throws(Problem) in
      switch result.value {
      case .scalar(let sample):
        out.raw(#"{"resultType":"scalar","result":["#)
        out.time(sample.time)
        out.byte(",")
        out.number(sample.value, .plain)
        out.raw("]}")
      case .string(let time, let text):
        out.raw(#"{"resultType":"string","result":["#)
        out.time(time)
        out.byte(",")
        out.string(text)
        out.raw("]}")
      case .vector(let elements):
        out.raw(#"{"resultType":"vector","result":["#)
        try out.vector(elements.prefix(most), mostBytes)
        out.raw("]}")
      case .matrix(let series):
        out.raw(#"{"resultType":"matrix","result":["#)
        try out.matrix(series.prefix(most), mostBytes)
        out.raw("]}")
      }
    }
  }

  private static func notes(
    _ annotations: Annotations, in query: String
  ) -> (warnings: [String], infos: [String]) {
    func texts(_ level: Annotation.Level) -> [String] {
      let all = annotations.all.filter { $0.level == level }
      var shown = all.prefix(mostNotes).map { $0.text(in: query) }
      if all.count > mostNotes {
        shown.append("\(all.count - mostNotes) more \(level.rawValue) annotations omitted")
      }
      return shown
    }
    return (texts(.warning), texts(.info))
  }
}

extension Problem {
  static func resultTooLarge(_ limit: Int) -> Self {
    execution("the result is larger than \(limit) bytes; ask for less")
  }
}

extension QueryValue {
  fileprivate var elementCount: Int {
    switch self {
    case .scalar, .string: 0
    case .vector(let elements): elements.count
    case .matrix(let series): series.count
    }
  }
}

extension JSONBlocks {
  fileprivate mutating func vector(
    _ elements: ArraySlice<VectorElement>, _ mostBytes: Int
  ) throws(Problem) {
    var isFirst = true
    for element in elements {
      isFirst ? raw(#"{"metric":"#) : raw(#",{"metric":"#)
      isFirst = false
      labels(element.labels)
      raw(#","value":"#)
      sample(element.sample)
      byte("}")
      guard byteCount <= mostBytes else { throw .resultTooLarge(mostBytes) }
      breakIfFull()
    }
  }

  fileprivate mutating func matrix(
    _ list: ArraySlice<SampleSeries>, _ mostBytes: Int
  ) throws(Problem) {
    var isFirst = true
    for series in list {
      isFirst ? raw(#"{"metric":"#) : raw(#",{"metric":"#)
      isFirst = false
      labels(series.labels)
      raw(#","values":["#)
      for (index, one) in series.samples.enumerated() {
        if index > 0 { byte(",") }
        sample(one)
        breakIfFull()
      }
      raw("]}")
      guard byteCount <= mostBytes else { throw .resultTooLarge(mostBytes) }
    }
  }

  private mutating func sample(_ sample: Sample) {
    byte("[")
    time(sample.time)
    byte(",")
    number(sample.value, .exponent)
    byte("]")
  }

  /// `{"name":"value"}`
  mutating func labels(_ set: LabelSet) {
    byte("{")
    var isFirst = true
    for label in set.labels {
      if !isFirst { byte(",") }
      isFirst = false
      string(label.name)
      byte(":")
      string(label.value)
    }
    byte("}")
  }
}
