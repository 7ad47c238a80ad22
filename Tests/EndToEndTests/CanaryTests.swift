import Foundation
import TestSupport
import Testing
import WebServer

extension Heavy {
  /// A secret in every key that may hold one, sent to servers that say back what they are sent:
  /// nothing that the program prints, serves or stores shows any.
  @Suite(.timeLimit(.minutes(5))) struct Canaries {
    /// `SECTION KEY` of every key that is a secret, as the reference of the program has them.
    private static func secretKeys(in reference: String) -> Set<String> {
      var keys: Set<String> = []
      var section = ""
      for line in reference.split(separator: "\n") {
        if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
        let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        guard cells.count >= 5 else { continue }
        let names = cells[1].matches(of: /`([^`]+)`/).map { String($0.1) }
        let isSecret =
          cells[2].contains("a secret") || cells[4].contains("kept secret")
          || names.contains { $0.hasSuffix("NAME.files") }
        if isSecret, let name = names.first { keys.insert("\(section) \(name)") }
      }
      return keys
    }

    @Test func theSearchFindsWhatIsHidden() {
      let search = CanarySearch(["canary1x3fd1c0de"])
      let secret = "canary1x3fd1c0de"
      for text in ["a \(secret) b", "u:\(secret)", "us:\(secret):x", "use:\(secret)"] {
        #expect(search.found(in: Data(text.utf8)) == [secret])
        #expect(search.found(in: Data(Data(text.utf8).base64EncodedData())) == [secret])
      }
      let hex = secret.utf8.map { String($0, radix: 16) }.joined()
      #expect(search.found(in: Data(hex.utf8)) == [secret])
      #expect(search.found(in: Data("canary1x3fd1c0d".utf8)) == [])
    }

    @Test(arguments: CanaryGround.Form.allCases)
    func nothingShowsASecretOfTheConfiguration(_ form: CanaryGround.Form) async throws {
      let ground = try CanaryGround(form)
      let scratch = ground.scratch
      try scratch.makeCertificate("server", names: "DNS:localhost,IP:127.0.0.1")
      try scratch.write("rules.yml", RuleBench.circuitOpen)
      var options = PostgresCluster.Options()
      options.hba = "local all all trust\nhost all all all scram-sha-256\n"
      let cluster = try await PostgresCluster(options)
      let text = try ground.configuration { cluster.url(user: "agent", password: $0) }
      let password = try #require(ground.planted["postgres url"])
      try await cluster.psql(
        "CREATE ROLE agent LOGIN PASSWORD '\(password)'; "
          + "GRANT CREATE ON DATABASE postgres TO agent")

      let reference = try await runCommand(breakwaterExecutable, ["configuration"], in: scratch)
      #expect(Self.secretKeys(in: reference.output) == Set(ground.planted.keys))

      let agent = try await AgentProcess.started(
        text, in: scratch,
        arguments: ["--log.level", "debug", "--log.format", form == .inline ? "logfmt" : "json"])
      try await until("everybody has been sent what is for them", within: .seconds(90)) {
        let sent = ground.echo.requests.map { request in
          let logins = ["authorization", "proxy-authorization"].compactMap { request.headers[$0] }
            .compactMap { $0.split(separator: " ").last.map(String.init) }
            .compactMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
          return "\(request.line) \(request.headers) \(request.text) \(logins)"
        }.joined()
        let missing = ground.mustBeSent.filter { !sent.contains($0) }
        guard missing.isEmpty else {
          let keys = ground.planted.filter { missing.contains($0.value) }.keys.sorted()
          throw LocalHTTP.Failure(description: "not sent: \(keys)")
        }
        return true
      }
      try await until("Postgres has been written to", within: .seconds(30)) {
        try await agent.metrics().value("breakwater_postgres_up") == 1
      }
      var shown = try await served(agent)
      shown += try await commands(text, ground)
      let pid = agent.process.pid
      shown.append(
        ("its command line", try Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))))
      let dump = try await runCommand(
        "pg_dump", [cluster.url(user: "agent", password: password)], in: scratch)
      #expect(dump.status == 0 && dump.output.contains("mcp_health_log"), "\(dump.errors)")
      shown.append(("the database", Data(dump.output.utf8)))
      shown += try files(below: scratch.path("data"), as: "the journal, while it runs")
      #expect(try await agent.process.stop() == 0)
      shown += try files(below: scratch.path("data"), as: "the journal")
      shown.append(("the log", Data(agent.process.errors.utf8)))
      shown.append(("the output", Data(agent.process.output.utf8)))
      #expect(agent.process.errors.contains("<secret>"), "what was said back is in the log")
      expectNone(of: ground.canaries, in: shown)
    }

    private func expectNone(of canaries: [String], in shown: [(place: String, bytes: Data)]) {
      let search = CanarySearch(canaries)
      for (place, bytes) in shown {
        for canary in search.found(in: bytes) {
          let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
          let line = lines.first { $0.contains(canary) } ?? ""
          Issue.record("\(place) shows \(canary): \(line.prefix(600))")
        }
      }
    }

    /// Every path, with every method that changes nothing, and one that is none.
    private func served(_ agent: AgentProcess) async throws -> [(String, Data)] {
      let names = try await agent.mcps().compactMap { $0["name"].string }
      #expect(names.count == 5)
      var paths = Endpoint.all.map(\.path).filter { !$0.contains("{") }
      paths += names.flatMap { ["/api/v1/mcps/\($0)", "/api/v1/mcps/\($0)/events"] }
      paths += ["/api/v1/label/mcp/values", "/nothing", "/api/v1/mcps/nothing"]
      paths += ["/api/v1/query?query=\(escaped(#"{__name__=~".+"}"#))"]
      paths += ["queued", "dead", "delivered"].map {
        "/api/v1/notifications?state=\($0)&limit=1000"
      }
      var shown: [(String, Data)] = []
      for path in paths {
        let page = try await agent.http.get(path)
        let headers = page.headers.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        shown.append((path, Data("\(page.status)\n\(headers)\n\(page.text)".utf8)))
      }
      return shown
    }

    /// What the commands print of the configuration, and of others that are wrong at each secret.
    private func commands(
      _ text: String, _ ground: CanaryGround
    ) async throws -> [(String, Data)] {
      var shown: [(String, Data)] = []
      let values = ground.canaries
      var wrong = text
      for canary in values {
        wrong = wrong.replacing("\(canary)'", with: "\(canary)': {x: '\(canary)'}")
      }
      let isSecret = try Regex("(?m)^([ -]+)([a-z_]+): (.*canary.*)$")
      let misspelt = text.replacing(isSecret) { match in
        "\(match[1].substring ?? "")\(match[2].substring ?? "")x: \(match[3].substring ?? "")"
      }
      let lists = text.replacing(isSecret) { match in
        "\(match[1].substring ?? "")\(match[2].substring ?? ""): [\(match[3].substring ?? "")]"
      }
      for (name, variant) in [("wrong", wrong), ("misspelt", misspelt), ("lists", lists)] {
        let file = try ground.scratch.write("\(name).yml", variant)
        let result = try await runCommand(
          breakwaterExecutable, ["check", "config", file.path], in: ground.scratch)
        if ground.form == .inline { #expect(result.status == 1, "\(name): \(result.output)") }
        shown.append(("check config \(name)", Data((result.output + result.errors).utf8)))
      }
      let words: [[String]] = [
        ["check", "config", "breakwater.yml"],
        ["receivers", "test", "all", "--config.file", "breakwater.yml"],
        ["metrics"], ["configuration"],
      ]
      for arguments in words {
        let result = try await runCommand(breakwaterExecutable, arguments, in: ground.scratch)
        shown.append((arguments[0], Data((result.output + result.errors).utf8)))
      }
      let key = ground.canary("probe", "header", isSent: false)
      for more in [[], ["--json"]] {
        let result = try await runCommand(
          breakwaterExecutable,
          [
            "probe", "http://127.0.0.1:\(ground.echo.port)/mcp", "--header",
            "Authorization: Bearer \(key)",
          ] + more, in: ground.scratch)
        #expect(result.status == 1)
        shown.append(("probe", Data((result.output + result.errors).utf8)))
      }
      return shown
    }

    private func files(below directory: URL, as place: String) throws -> [(String, Data)] {
      try FileManager.default.contentsOfDirectory(atPath: directory.path).compactMap { name in
        let bytes = try Data(contentsOf: directory.appending(path: name))
        return bytes.isEmpty ? nil : ("\(place): \(name)", bytes)
      }
    }
  }
}
