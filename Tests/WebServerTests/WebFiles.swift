import Agent
import ConfigFile
import Foundation
import TestSupport
import WebServer

/// A directory with a web configuration, and certificates when it has TLS. Gone with the value.
final class WebFiles: Sendable {
  let scratch: Scratch

  /// Of "secret of ann", with cost 4.
  static let hashOfAnn = "$2b$04$abcdefghijklmnopqrstuuag4znIU3XstJ/kXOzAIJBnYaf0FKTUi"
  /// Of "secret of bob".
  static let hashOfBob = "$2y$04$abcdefghijklmnopqrstuua.uXqDzCwKPWXJsc2z5.A9.lFCzDsue"

  static let users = """
    basic_auth_users:
      ann: \(hashOfAnn)
      bob: \(hashOfBob)
    breakwater_roles: {ann: operator}

    """

  /// No limit at all, in as many words.
  static let limit = "rate_limit: {interval: 1us, burst: 100000}\n"

  static let tls = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"

  init(users: String = "", hasTLS: Bool = false, more: String = "") throws {
    scratch = try Scratch()
    if hasTLS { try makeCertificate("server", names: "DNS:localhost,IP:127.0.0.1") }
    try write(users + (hasTLS ? Self.tls : "") + more)
  }

  var file: String { path("web.yml") }

  /// As an editor does it: a new file in the place of the old one.
  func write(_ text: String, to name: String = "web.yml") throws { try scratch.write(name, text) }

  func path(_ name: String) -> String { scratch.path(name).path }

  func makeCertificate(_ name: String, names: String, by authority: String? = nil) throws {
    try scratch.makeCertificate(name, names: names, by: authority)
  }

  /// As the program reads it.
  func watch() throws -> WebConfigWatch {
    let path = file
    return try WebConfigWatch(path) {
      let reading = WebConfigFile.load(path: path)
      return WebConfigRead(
        files: reading.files,
        result: reading.result.map(\.config).mapError {
          WebConfigRefused(problems: $0.problems.map(\.description))
        })
    }
  }
}

/// Requests over one connection at a time, by Python's own client: TLS is checked by another
/// implementation than the server's.
struct PythonClient {
  private let port: Int
  private let isTLS: Bool
  private let files: WebFiles

  struct Failure: Error { let text: String }

  init(port: Int, isTLS: Bool, in files: WebFiles) {
    self.port = port
    self.isTLS = isTLS
    self.files = files
  }

  private static let script = """
    import base64, http.client, json, ssl, sys
    port, authority, requests, answers = sys.argv[1:]
    def connect():
        if not authority:
            return http.client.HTTPConnection("127.0.0.1", int(port), timeout=600)
        context = ssl.create_default_context(cafile=authority)
        return http.client.HTTPSConnection("127.0.0.1", int(port), timeout=600, context=context)
    statuses, connection = [], connect()
    for method, path, headers in json.load(open(requests)):
        connection.request(method, path, headers=dict(line.split(": ", 1) for line in headers))
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        if answer.will_close:
            connection.close()
    json.dump(statuses, open(answers, "w"))
    """

  /// The status of each answer.
  func answers(
    to requests: [(method: String, path: String, headers: [String])]
  ) async throws -> [Int] {
    let list = requests.map { [$0.method, $0.path, $0.headers] as [Any] }
    let (asked, answered) = (files.scratch.path("asked"), files.scratch.path("said"))
    try JSONSerialization.data(withJSONObject: list).write(to: asked)
    let words = [
      "python3", "-c", Self.script, "\(port)",
      isTLS ? files.path("server.pem") : "", asked.path, answered.path,
    ]
    try await offPool { try Command.run(words) }
    let statuses = try JSONSerialization.jsonObject(with: Data(contentsOf: answered)) as? [Int]
    guard let statuses else { throw Failure(text: "no statuses") }
    return statuses
  }
}
