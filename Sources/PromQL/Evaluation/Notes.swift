/// The texts of annotations, in Prometheus's words; users search for them.
enum Notes {
  static func badQuantile(_ quantile: Double) -> String {
    "quantile value should be between 0 and 1, got \(FloatText.general(quantile))"
  }
  static func badRatio(_ ratio: Double, capped: Double) -> String {
    "ratio value should be between -1 and 1, got \(FloatText.general(ratio)), "
      + "capping to \(FloatText.general(capped))"
  }
  static func noCounter(_ name: String) -> String {
    "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
      + name.quoted
  }
  static func badBucket(_ bound: String, metric: String) -> String {
    "bucket label \"le\" is missing or has a malformed value of \(bound.quoted)"
      + (metric.isEmpty ? "" : " for metric name \(metric.quoted)")
  }
  static func forcedMonotone(metric: String) -> String {
    "input to histogram_quantile needed to be fixed for monotonicity "
      + "(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
      + (metric.isEmpty ? "" : " for metric name \(metric.quoted)")
  }
  static let sortInRange =
    "sort is ineffective for range queries since results are always ordered by labels"
}
