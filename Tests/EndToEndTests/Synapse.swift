import Foundation
import TestSupport

/// A Matrix homeserver from PyPI, alone on 127.0.0.1: Synapse with SQLite.
final class Synapse {
  static let environment = "matrix-synapse-1.163.2"
  static let isInstalled = FileManager.default.isExecutableFile(atPath: python)
  private static var python: String { programsOfVenv(environment).appending(path: "python").path }

  let http: LocalHTTP
  private let scratch: Scratch
  private var processes: [ChildProcess] = []
  private static let secret = "shared with nobody"

  /// `limits`: lines of its configuration.
  init(in scratch: Scratch, limits: String = "") throws {
    self.scratch = scratch
    http = LocalHTTP(port: try freePort())
    let seed = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    let key = seed.base64EncodedString().trimmingCharacters(in: CharacterSet(charactersIn: "="))
    try scratch.write(
      "homeserver.yaml",
      """
      server_name: peer.test
      listeners:
        - {port: \(http.port), bind_addresses: [127.0.0.1], type: http, tls: false,
           resources: [{names: [client]}]}
      database: {name: sqlite3, args: {database: homeserver.db}}
      media_store_path: media
      signing_key: "ed25519 a_test \(key)"
      registration_shared_secret: \(Self.secret)
      macaroon_secret_key: \(Self.secret)
      form_secret: \(Self.secret)
      report_stats: false
      trusted_key_servers: []
      \(limits)
      """)
  }

  var url: String { "http://127.0.0.1:\(http.port)" }

  /// Again and again on the same port, with what the one before it has stored.
  func start() async throws {
    let process = try ChildProcess(
      Self.python, ["-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"],
      name: "synapse", in: scratch)
    processes.append(process)
    try await until("Synapse is ready", within: .seconds(180)) {
      guard process.isRunning else { throw Refused(answer: process.errors + process.output) }
      return try await http.get("/health").status == 200
    }
  }

  func kill() async throws {
    processes.last?.send(SIGKILL)
    try await processes.last?.exitStatus()
  }

  struct Refused: Error { var answer: String }

  // MARK: - Its client API

  /// A new user's access token.
  func register(_ name: String) async throws -> String {
    let path = "/_synapse/admin/v1/register"
    let nonce = try await http.get(path).json()["nonce"].string ?? ""
    let signed = try scratch.write(
      "signed", [nonce, name, "a password", "notadmin"].joined(separator: "\0"))
    let openssl = try await runCommand(
      "openssl", ["dgst", "-sha1", "-hmac", Self.secret, signed.path], in: scratch)
    let code = openssl.output.split { $0.isWhitespace }.last ?? ""
    let answer = try await post(
      path, token: nil,
      """
      {"nonce": "\(nonce)", "username": "\(name)", "password": "a password", "admin": false,
       "mac": "\(code)"}
      """)
    return answer["access_token"].string ?? ""
  }

  /// The answer, which must be a success.
  func post(_ path: String, token: String?, _ body: String) async throws -> JSON {
    let headers = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
    let answer = try await http.post(path, body: body, headers: headers)
    guard answer.status == 200 else { throw Refused(answer: "\(answer.status) \(answer.text)") }
    return try answer.json()
  }

  /// What was said in the room by somebody else than `reader`, oldest first.
  func messages(in room: String, reader token: String) async throws -> [JSON] {
    let answer = try await http.get(
      "/_matrix/client/v3/rooms/\(room)/messages?dir=b&limit=500",
      headers: ["Authorization": "Bearer \(token)"])
    guard answer.status == 200 else { throw Refused(answer: answer.text) }
    return try answer.json()["chunk"].array.filter { $0["type"].string == "m.room.message" }
      .reversed()
  }

  // MARK: - Its log

  struct Send: Equatable {
    var status: String
    var transaction: String
  }

  /// What it was asked to say in rooms, answered or not, by all its processes.
  var sends: [Send] {
    let pattern = /(\d{3})!? "PUT \S*\/send\/m\.room\.message\/(\S+) HTTP/
    return processes.flatMap { $0.errors.matches(of: pattern) }.map {
      Send(status: String($0.output.1), transaction: String($0.output.2))
    }
  }
}
