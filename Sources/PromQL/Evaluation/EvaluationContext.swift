/// One evaluation of a query: what it reads, how far it may go, what it has to say.
final class EvaluationContext {
  let source: any SampleSource
  let options: EngineOptions
  /// The first and last instant of the whole query: `@ start()`, `@ end()`.
  let start: Int64
  let end: Int64
  private let mayContinue: () -> Bool
  private(set) var annotations = Annotations()
  private var samples = 0
  private(set) var peakSamples = 0
  private var workLeft = 0

  init(
    source: any SampleSource, options: EngineOptions, start: Int64, end: Int64,
    mayContinue: @escaping () -> Bool
  ) {
    self.source = source
    self.options = options
    self.start = start
    self.end = end
    self.mayContinue = mayContinue
  }

  func annotate(_ level: Annotation.Level, _ message: String, _ range: ByteRange) {
    let prefix = level == .warning ? "PromQL warning: " : "PromQL info: "
    annotations.add(Annotation(level: level, message: prefix + message, range: range))
  }

  /// Counts samples that are about to be held.
  func take(_ count: Int) throws(QueryError) {
    let (sum, overflow) = samples.addingReportingOverflow(count)
    guard !overflow, sum <= options.maximumSamples else {
      throw QueryError(
        .tooManySamples,
        "query processing would load too many samples into memory in query execution")
    }
    samples = sum
    peakSamples = max(peakSamples, samples)
  }

  /// The values of a function's arguments, which are held until `give`.
  func take(_ parameters: [PlanNode], _ steps: Steps) throws(QueryError) -> [[Double]] {
    var columns: [[Double]] = []
    for parameter in parameters {
      try columns.append(parameter.scalar(self, steps))
      try take(steps.count)
    }
    return columns
  }

  /// Samples that are not held any more.
  func give(_ count: Int) { samples -= count }

  /// Ends the evaluation when its time is up; asks after some 0.1 ms of work. To be called before
  /// each piece of work, with about the number of samples that it touches.
  func checkTime(beforeTouching samples: Int = 1) throws(QueryError) {
    workLeft -= samples + 16
    guard workLeft < 0 else { return }
    workLeft = 20_000
    guard mayContinue() else {
      throw QueryError(.timeout, "query timed out in expression evaluation")
    }
  }
}
