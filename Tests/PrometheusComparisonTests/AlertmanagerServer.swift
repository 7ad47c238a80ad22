import Foundation
import TestSupport

/// A Debian Alertmanager without a cluster.
struct AlertmanagerServer {
  let process: ChildProcess
  private let http: LocalHTTP
  private let file: URL

  static func started(with text: String, in scratch: Scratch) async throws -> Self {
    let port = try freePort()
    let file = try scratch.write("alertmanager.yml", text)
    let process = try ChildProcess(
      "prometheus-alertmanager",
      [
        "--config.file=\(file.path)", "--storage.path=\(scratch.path("data").path)",
        "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
        "--log.level=debug",
      ], in: scratch)
    let server = Self(process: process, http: LocalHTTP(port: port), file: file)
    try await until("Alertmanager is ready") {
      try await server.http.get("/-/ready").status == 200
    }
    return server
  }

  func reload(_ text: String) async throws {
    try text.write(to: file, atomically: true, encoding: .utf8)
    let answer = try await http.post("/-/reload", bytes: [])
    guard answer.status == 200 else { throw Refused(answer: answer.text) }
  }

  struct Refused: Error { var answer: String }

  /// Posts alerts that fire for an hour.
  func post(_ alerts: [[String: String]]) async throws {
    let body = try JSONEncoder().encode(alerts.map { ["labels": $0] })
    let answer = try await http.post(
      "/api/v2/alerts", bytes: Array(body), headers: ["Content-Type": "application/json"])
    guard answer.status == 200 else { throw Refused(answer: answer.text) }
  }

  struct SeenAlert: Decodable {
    struct Status: Decodable { var inhibitedBy: [String] }

    var labels: [String: String]
    var fingerprint: String
    var status: Status
  }

  func alerts() async throws -> [SeenAlert] {
    let answer = try await http.get("/api/v2/alerts")
    return try JSONDecoder().decode([SeenAlert].self, from: answer.body)
  }
}
