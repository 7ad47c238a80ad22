import Agent
import ConfigFile
import Foundation
import MCPWire
import Notifications
import Signals
import Testing

struct SecretTests {
  private struct NoWebhook: Error {}

  /// A directory of its own, removed after `body`.
  private func withDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "breakwater-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  private func config(file: String) -> String {
    "mcps: [{name: a, url: https://a.example, http: {authorization: {credentials_file: \(file)}}}]"
  }

  @Test func filesAreLookedUpBesideTheConfiguration() throws {
    try withDirectory { directory in
      try Data("s3cret\n\n".utf8).write(to: directory.appending(path: "key"))
      let path = directory.appending(path: "breakwater.yml").path()
      try Data(config(file: "key").utf8).write(to: URL(filePath: path))
      let headers = try ConfigFile.load(path: path).settings.mcps.first?.target.http.headers
      #expect(headers?.map(\.value.exposed) == ["Bearer s3cret"])
      #expect("\(headers ?? [])".contains("s3cret") == false)
    }
  }

  @Test(arguments: [
    (Data(repeating: 0x61, count: 65_537), "larger than 64 KiB"),
    (Data([0x73, 0xff, 0x33]), "not UTF-8"), (Data(), "is empty"),
    (Data("s3cret\0".utf8), "has a control character or more than one line"),
  ])
  func aFileThatCannotBeASecretIsNamed(content: Data, reason: String) throws {
    try withDirectory { directory in
      let file = directory.appending(path: "key")
      try content.write(to: file)
      let found = problems(in: config(file: file.path()))
      #expect(
        found == [
          "test.yml:1:83: mcps[0].http.authorization.credentials_file:"
            + " \"\(file.path())\" \(reason)"
        ])
    }
  }

  @Test func aSecretOfTheLargestSizeIsRead() throws {
    try withDirectory { directory in
      let file = directory.appending(path: "key")
      try Data(repeating: 0x61, count: 65_536).write(to: file)
      #expect(problems(in: config(file: file.path())) == [])
    }
  }

  @Test func nothingOfAWebhookOrADatabaseIsShown() throws {
    let text = """
      postgres: {url: "postgres://c4nary-user:c4nary-password@db/omni?sslpassword=c4nary"}
      route: {receiver: chat}
      receivers:
        - name: chat
          webhook_configs:
            - url: https://chat.example/c4nary-path?key=c4nary-query
              signing_secret: c4nary-signing
              signing_secret_next: c4nary-next
              http_config:
                authorization: {credentials: c4nary-credentials}
                proxy_url: http://c4nary-user:c4nary-password@proxy.example
      """
    let settings = try check(text).get().settings
    let webhook = try webhook(settings.notifications.receivers)
    #expect(webhook.url.exposed.contains("c4nary-path"))
    #expect(webhook.signingSecret?.exposed == "c4nary-signing")
    #expect(webhook.nextSigningSecret?.exposed == "c4nary-next")
    #expect(settings.postgres?.url?.exposed.contains("c4nary-password") == true)
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(dumped.contains("chat"))
    for shown in ["\(settings)", String(reflecting: settings), dumped] {
      #expect(!shown.contains("c4nary"))
    }
  }

  private func webhook(_ receivers: [Receiver]) throws -> WebhookSettings {
    let first = try #require(receivers.first?.integrations.first)
    guard case .webhook(let webhook) = first.target else { throw NoWebhook() }
    return webhook
  }

  @Test func filesOfAWebhookAreLookedUpBesideTheConfiguration() throws {
    try withDirectory { directory in
      try Data("https://chat.example/s3cret\n".utf8).write(to: directory.appending(path: "url"))
      try Data("s3cret key\n".utf8).write(to: directory.appending(path: "key"))
      try Data("n3xt key\n".utf8).write(to: directory.appending(path: "next"))
      let path = directory.appending(path: "breakwater.yml").path()
      let text = """
        route: {receiver: a}
        receivers:
          - name: a
            webhook_configs:
              - {url_file: url, signing_secret_file: key, signing_secret_next_file: next}
        """
      try Data(text.utf8).write(to: URL(filePath: path))
      let receivers = try ConfigFile.load(path: path).settings.notifications.receivers
      let webhook = try webhook(receivers)
      #expect(webhook.url.exposed == "https://chat.example/s3cret")
      #expect(webhook.signingSecret?.exposed == "s3cret key")
      #expect(webhook.nextSigningSecret?.exposed == "n3xt key")
    }
  }

  @Test func base64IsThatOfEveryoneElse() throws {
    for length in 0..<8 {
      let password = String(repeating: "é~", count: length)
      let text = """
        mcps: [{name: a, url: https://a.example,
          http: {basic_auth: {username: u\(length), password: "x\(password)"}}}]
        """
      let expected = Data("u\(length):x\(password)".utf8).base64EncodedString()
      let headers = try check(text).get().settings.mcps.first?.target.http.headers
      #expect(headers?.first?.value.exposed == "Basic \(expected)")
    }
  }

  @Test func flagsAreCheckedAsTheFileIs() throws {
    let header = try ConfigFile.header("X-Api-Key: s3cret: yes")
    #expect(header.name == "X-Api-Key")
    #expect(header.value == Secret("s3cret: yes"))
    #expect(header.isCredential)
    for text in ["X-Api-Key", "Host: a", "Accept: a", "mcp-session-id: a", "a b: c", "A: b\r\nc"] {
      #expect(throws: FlagProblem.self) { try ConfigFile.header(text) }
    }
    let file = Fixtures.directory.appending(path: "secrets/token").path()
    #expect(try ConfigFile.bearer(file: file).value == Secret("Bearer t0ken-from-a-file"))
    #expect(throws: FlagProblem.self) { try ConfigFile.bearer(file: file + "-not") }
    #expect(throws: FlagProblem.self) { try ConfigFile.serverURL("localhost:8080") }
  }
}
