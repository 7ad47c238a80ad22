/// A metric of `SampleData`, as the generator knows it.
struct MetricFamily {
  enum Kind { case gauge, counter, bucket }

  var name: String
  var kind: Kind
  /// Besides the name; each with values that occur.
  var labels: [(name: String, values: [String])]

  init(_ name: String, _ kind: Kind, _ labels: [(name: String, values: [String])]) {
    self.name = name
    self.kind = kind
    self.labels = labels
  }

  var labelNames: [String] { labels.map(\.name) }
}

/// Metrics whose labels `instance` and `job` mean the same things, so that they can be joined.
struct MetricWorld {
  var families: [MetricFamily]
  /// One series for each `instance` and `job`.
  var targets: [MetricFamily]

  static let all: [MetricWorld] = [demo, services, services, oddities]

  private static let demoTarget: [(name: String, values: [String])] = [
    ("instance", ["demo.promlabs.com:10000", "demo.promlabs.com:10002"]), ("job", ["demo"]),
  ]
  private static let target: [(name: String, values: [String])] = [
    ("instance", ["a:1", "b:1", "c:1"]), ("job", ["web", "db"]),
  ]

  private static let demo = MetricWorld(
    families: [
      MetricFamily(
        "demo_memory_usage_bytes", .gauge, demoTarget + [("type", ["buffers", "free", "used"])]),
      MetricFamily("demo_num_cpus", .gauge, demoTarget),
      MetricFamily(
        "demo_cpu_usage_seconds_total", .counter, demoTarget + [("mode", ["idle", "user"])]),
      MetricFamily("demo_disk_usage_bytes", .gauge, demoTarget),
      MetricFamily("demo_batch_last_success_timestamp_seconds", .gauge, demoTarget),
      MetricFamily("demo_intermittent_metric", .gauge, demoTarget),
      MetricFamily(
        "demo_api_request_duration_seconds_bucket", .bucket,
        demoTarget + [
          ("le", ["0.1", "+Inf"]), ("method", ["GET", "POST"]),
          ("path", ["/api/bar", "/api/foo"]), ("status", ["200", "500"]),
        ]),
    ],
    targets: [
      MetricFamily("demo_num_cpus", .gauge, demoTarget),
      MetricFamily("demo_disk_usage_bytes", .gauge, demoTarget),
    ])

  private static let services = MetricWorld(
    families: [
      MetricFamily("requests_total", .counter, target + [("code", ["200", "404", "500"])]),
      MetricFamily("queue_length", .gauge, target),
      MetricFamily("temperature_celsius", .gauge, target + [("room", ["north", "south"])]),
      MetricFamily("up", .gauge, target),
      MetricFamily("build_info", .gauge, target + [("version", ["1.0.0", "1.1.0"])]),
      MetricFamily("latency_seconds_bucket", .bucket, target + [("le", ["0.1", "+Inf"])]),
      MetricFamily("latency_seconds_count", .counter, target),
      MetricFamily("latency_seconds_sum", .counter, target),
      MetricFamily("flaky", .gauge, target),
      MetricFamily("short_lived_total", .counter, target),
    ],
    targets: [
      MetricFamily("queue_length", .gauge, target), MetricFamily("up", .gauge, target),
      MetricFamily("latency_seconds_count", .counter, target),
      MetricFamily("build_info", .gauge, target + [("version", ["1.0.0", "1.1.0"])]),
    ])

  private static let oddities = MetricWorld(
    families: [
      MetricFamily(
        "odd_values", .gauge,
        [
          ("instance", ["a:1"]), ("job", ["odd"]), ("kind", ["nan", "inf", "zero", "mixed"]),
        ]),
      MetricFamily("flaky", .gauge, target),
      MetricFamily("queue_length", .gauge, target),
    ],
    targets: [
      MetricFamily("queue_length", .gauge, target),
      MetricFamily("odd_values", .gauge, [("instance", ["a:1"]), ("job", ["odd"])]),
    ])
}
