import Foundation
import PromQL
import TestSupport

/// A Prometheus that scrapes nothing and has the samples it was sent.
struct PrometheusServer {
  private let process: ChildProcess
  private let http: LocalHTTP

  static func started(with series: [GeneratedSeries], in scratch: Scratch) async throws -> Self {
    let port = try freePort()
    let file = try scratch.write("prometheus.yml", "global: {}\n")
    let process = try ChildProcess(
      "prometheus",
      [
        "--config.file=\(file.path)", "--storage.tsdb.path=\(scratch.path("tsdb").path)",
        "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
        "--storage.tsdb.min-block-duration=12h", "--storage.tsdb.max-block-duration=12h",
      ], in: scratch)
    let server = Self(process: process, http: LocalHTTP(port: port))
    try await until("Prometheus is ready") {
      try await server.http.get("/-/ready").status == 200
    }
    try await server.send(series)
    return server
  }

  func stop() async throws { try await process.stop() }

  /// In slices of time, all series in each: a head takes samples back to an hour at most.
  private func send(_ series: [GeneratedSeries]) async throws {
    let end = SampleGrid.time(SampleGrid.count)
    for start in stride(from: SampleGrid.start, to: end, by: 600_000) {
      let message = RemoteWrite.message(series, from: start, before: start + 600_000)
      let answer = try await http.post(
        "/api/v1/write", bytes: message,
        headers: [
          "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
          "X-Prometheus-Remote-Write-Version": "0.1.0",
        ])
      guard answer.status == 204 || answer.status == 200 else {
        throw Refused(answer: "\(answer.status) \(answer.text)")
      }
    }
  }

  struct Refused: Error { var answer: String }

  func ask(_ question: Question) async throws -> Answer {
    var fields = ["query": question.query]
    let path: String
    switch question.times {
    case .instant(let time):
      path = "/api/v1/query"
      fields["time"] = "\(time)"
    case .range(let from, let through, let step):
      path = "/api/v1/query_range"
      fields["start"] = "\(from)"
      fields["end"] = "\(through)"
      fields["step"] = "\(step)"
    }
    let form = fields.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
    let answer = try await http.post(
      path, body: form, headers: ["Content-Type": "application/x-www-form-urlencoded"])
    return try JSONDecoder().decode(PrometheusAnswer.self, from: answer.body).answer
  }

  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
  }
}

/// The envelope of `/api/v1/query` and `/api/v1/query_range`.
private struct PrometheusAnswer: Decodable {
  var answer: Answer

  private enum Keys: String, CodingKey { case status, error, errorType, data, resultType, result }

  init(from decoder: any Decoder) throws {
    let top = try decoder.container(keyedBy: Keys.self)
    guard try top.decode(String.self, forKey: .status) == "success" else {
      let kind = try top.decode(String.self, forKey: .errorType)
      answer = .failure(kind: kind, message: try top.decode(String.self, forKey: .error))
      return
    }
    let data = try top.nestedContainer(keyedBy: Keys.self, forKey: .data)
    switch try data.decode(String.self, forKey: .resultType) {
    case "scalar": answer = .value(.scalar(try data.decode(Point.self, forKey: .result).sample))
    case "string":
      let point = try data.decode(Point.self, forKey: .result)
      answer = .value(.string(time: point.time, point.text))
    case "vector":
      let elements = try data.decode([Element].self, forKey: .result)
      answer = .value(
        .vector(
          elements.map {
            VectorElement(
              labels: $0.labels, sample: $0.value?.sample ?? Sample(time: 0, value: .nan))
          }))
    default:
      let series = try data.decode([Element].self, forKey: .result)
      answer = .value(
        .matrix(
          series.map { SampleSeries(labels: $0.labels, samples: ($0.values ?? []).map(\.sample)) }))
    }
  }

  private struct Element: Decodable {
    var metric: [String: String]
    var value: Point?
    var values: [Point]?

    var labels: LabelSet {
      metric.reduce(into: LabelSet.empty) { $0 = $0.setting($1.key, to: $1.value) }
    }
  }

  /// `[seconds, "value"]`
  private struct Point: Decodable {
    var time: Int64
    var text: String

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      time = Int64((try list.decode(Double.self) * 1_000).rounded())
      text = try list.decode(String.self)
    }

    var sample: Sample {
      let special: [String: Double] = ["+Inf": .infinity, "-Inf": -.infinity, "NaN": .nan]
      return Sample(time: time, value: special[text] ?? Double(text) ?? .signalingNaN)
    }
  }
}
