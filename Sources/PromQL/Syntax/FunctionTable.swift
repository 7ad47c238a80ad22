extension FunctionSignature {
  /// The function of that name, stable or experimental; names are case-sensitive.
  public static func named(_ name: String) -> FunctionSignature? { byName[name] }

  private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  /// Every function of Prometheus 3, sorted by name.
  public static let all: [FunctionSignature] =
    (mathematics + overTime + ofLabelsAndOrder + histograms + ofTime + experimental)
    .sorted { $0.name < $1.name }

  private static let mathematics: [FunctionSignature] =
    [
      "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp",
      "floor", "ln", "log10", "log2", "rad", "sgn", "sin", "sinh", "sqrt", "tan", "tanh",
    ].map { FunctionSignature($0, [.vector]) } + [
      FunctionSignature("clamp", [.vector, .scalar, .scalar]),
      FunctionSignature("clamp_max", [.vector, .scalar]),
      FunctionSignature("clamp_min", [.vector, .scalar]),
      FunctionSignature("pi", [], returns: .scalar),
      FunctionSignature("round", [.vector, .scalar], variadic: 1),
      FunctionSignature("scalar", [.vector], returns: .scalar),
      FunctionSignature("vector", [.scalar]),
    ]

  private static let overTime: [FunctionSignature] =
    [
      "absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv",
      "first_over_time", "idelta", "increase", "irate", "last_over_time", "max_over_time",
      "min_over_time", "present_over_time", "rate", "resets", "stddev_over_time",
      "stdvar_over_time", "sum_over_time",
    ].map { FunctionSignature($0, [.matrix]) } + [
      FunctionSignature("predict_linear", [.matrix, .scalar]),
      FunctionSignature("quantile_over_time", [.scalar, .matrix]),
    ]

  private static let ofLabelsAndOrder: [FunctionSignature] = [
    FunctionSignature("absent", [.vector]),
    FunctionSignature("label_join", [.vector, .string, .string, .string], variadic: -1),
    FunctionSignature("label_replace", [.vector, .string, .string, .string, .string]),
    FunctionSignature("sort", [.vector]),
    FunctionSignature("sort_desc", [.vector]),
  ]

  private static let histograms: [FunctionSignature] =
    [
      "histogram_avg", "histogram_count", "histogram_stddev", "histogram_stdvar", "histogram_sum",
    ].map { FunctionSignature($0, [.vector]) } + [
      FunctionSignature("histogram_fraction", [.scalar, .scalar, .vector]),
      FunctionSignature("histogram_quantile", [.scalar, .vector]),
    ]

  private static let ofTime: [FunctionSignature] =
    [
      "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month",
      "year",
    ].map { FunctionSignature($0, [.vector], variadic: 1) } + [
      FunctionSignature("time", [], returns: .scalar),
      FunctionSignature("timestamp", [.vector]),
    ]

  private static let experimental: [FunctionSignature] =
    [
      "mad_over_time", "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time",
      "ts_of_min_over_time",
    ].map { FunctionSignature($0, [.matrix], isExperimental: true) }
    + ["end", "range", "start", "step"].map {
      FunctionSignature($0, [], returns: .scalar, isExperimental: true)
    }
    + ["max_of", "min_of"].map {
      FunctionSignature($0, [.scalar, .scalar], returns: .scalar, isExperimental: true)
    }
    + ["sort_by_label", "sort_by_label_desc"].map {
      FunctionSignature($0, [.vector, .string], variadic: -1, isExperimental: true)
    } + [
      FunctionSignature(
        "double_exponential_smoothing", [.matrix, .scalar, .scalar], isExperimental: true),
      FunctionSignature(
        "histogram_quantiles", [.vector, .string, .scalar], variadic: 9, isExperimental: true),
      FunctionSignature("start_timestamp", [.vector], isExperimental: true),
      FunctionSignature("info", [.vector, .vector], variadic: 1, isExperimental: true),
    ]
}
