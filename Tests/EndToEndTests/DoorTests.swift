import Foundation
import TestSupport
import Testing
import WebServer

extension Heavy {
  /// The program behind `--web.config.file`: real clients, real files that change.
  @Suite(.timeLimit(.minutes(5))) struct Doors {
    /// Of "secret of ann" and "secret of bob", with cost 10.
    private static let users = """
      basic_auth_users:
        ann: $2b$10$abcdefghijklmnopqrstuuw3jRHrhDpjuJq1wfWacijkNFVAej0q2
        bob: $2y$10$abcdefghijklmnopqrstuunH3gAOCc.r6ejl04D3pFVquF8hBQwpi
      breakwater_roles: {ann: operator}

      """
    private static let tls = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
    private static let names = "DNS:localhost,IP:127.0.0.1"

    /// An agent with these lines in its web configuration, open.
    private func agent(
      _ web: String, in scratch: Scratch, arguments: [String] = []
    ) async throws -> AgentProcess {
      let file = try scratch.write("web.yml", web)
      let agent = try AgentProcess(
        configuration: try scratch.write("breakwater.yml", "mcps: []\n"), port: freePort(),
        in: scratch, arguments: ["--web.config.file", file.path] + arguments)
      try await until("the agent listens") {
        #expect(agent.process.isRunning, "\(agent.process.errors)")
        return agent.process.errors.contains("listening")
      }
      return agent
    }

    /// The status that curl sees; 0 when there is no answer.
    private func curl(
      _ agent: AgentProcess, _ path: String, as user: String? = nil, trusting authority: String?,
      in scratch: Scratch, _ more: [String] = []
    ) async throws -> Int {
      var words = ["-s", "-o", scratch.path("body").path, "-w", "%{http_code}"] + more
      if let user { words += ["-u", user] }
      if let authority { words += ["--cacert", scratch.path(authority).path] }
      let scheme = authority == nil ? "http" : "https"
      words.append("\(scheme)://127.0.0.1:\(agent.http.port)\(path)")
      return Int(try await runCommand("curl", words, in: scratch).output) ?? 0
    }

    @Test(.enabled(if: isInstalled("prometheus"), "no prometheus on PATH"))
    func prometheusScrapesOverTLSWithAPassword() async throws {
      let scratch = try Scratch()
      try scratch.makeCertificate("server", names: Self.names)
      let agent = try await agent(Self.users + Self.tls, in: scratch)
      let port = try freePort()
      let file = try scratch.write(
        "prometheus.yml",
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: viewer
            scheme: https
            basic_auth: {username: bob, password: secret of bob}
            tls_config: {ca_file: server.pem}
            static_configs: [{targets: ["127.0.0.1:\(agent.http.port)"]}]
          - job_name: nobody
            scheme: https
            tls_config: {ca_file: server.pem}
            static_configs: [{targets: ["127.0.0.1:\(agent.http.port)"]}]

        """)
      let prometheus = try ChildProcess(
        "prometheus",
        [
          "--config.file=\(file.path)", "--storage.tsdb.path=\(scratch.path("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)",
        ], in: scratch)
      let http = LocalHTTP(port: port)
      try await until("one is up, and the other is refused") {
        let targets = try await http.get("/api/v1/targets").json()["data"]["activeTargets"].array
        let found = targets.map {
          let job = $0["labels"]["job"].string ?? ""
          return "\(job) \($0["health"].string ?? "") \($0["lastError"].string ?? "")"
        }
        return found.sorted()
          == ["nobody down server returned HTTP status 401 Unauthorized", "viewer up "]
      }
      try await prometheus.stop()
      #expect(try await agent.process.stop() == 0)
    }

    @Test func certificatesAndUsersAreReplacedWhileItRuns() async throws {
      let scratch = try Scratch()
      try scratch.makeCertificate("server", names: Self.names)
      try scratch.makeCertificate("next", names: Self.names)
      try FileManager.default.copyItem(at: scratch.path("server.pem"), to: scratch.path("old.pem"))
      let agent = try await agent(Self.users + Self.tls, in: scratch)
      func status(_ user: String, _ authority: String) async throws -> Int {
        try await curl(agent, "/metrics", as: user, trusting: authority, in: scratch)
      }
      #expect(try await status("bob:secret of bob", "old.pem") == 200)
      #expect(try await status("bob:secret of ann", "old.pem") == 401)
      for kind in ["pem", "key"] {
        let text = try String(contentsOf: scratch.path("next.\(kind)"), encoding: .utf8)
        try scratch.write("server.\(kind)", text)
      }
      #expect(try await status("bob:secret of bob", "old.pem") == 0)
      #expect(try await status("bob:secret of bob", "next.pem") == 200)
      let withoutBob = Self.users.split(separator: "\n").filter { !$0.contains("bob") }
      try scratch.write("web.yml", withoutBob.joined(separator: "\n") + "\n" + Self.tls)
      #expect(try await status("bob:secret of bob", "next.pem") == 401)
      #expect(try await status("ann:secret of ann", "next.pem") == 200)
      // What cannot be used is told of and changes nothing.
      try scratch.write("web.yml", "basic_auth_users: [\n")
      #expect(try await status("ann:secret of ann", "next.pem") == 200)
      #expect(agent.process.errors.contains("The web configuration has problems"))
      #expect(try await agent.process.stop() == 0)
    }

    @Test func whatAViewerMayNotDoAnOperatorDoes() async throws {
      let scratch = try Scratch()
      let agent = try await agent(
        Self.users, in: scratch, arguments: ["--web.enable-lifecycle", "--log.level", "debug"])
      var found: [Int] = []
      for user in [nil, "ann:wrong", "bob:secret of bob", "ann:secret of ann"] {
        let post = ["-X", "POST"]
        found.append(
          try await curl(agent, "/-/reload", as: user, trusting: nil, in: scratch, post))
      }
      #expect(found == [401, 401, 403, 200])
      if isInstalled("amtool") {
        for (name, isAllowed) in [("bob", false), ("ann", true)] {
          let client = try scratch.write(
            "\(name).yml", "basic_auth: {username: \(name), password: secret of \(name)}\n")
          let result = try await runCommand(
            "amtool",
            [
              "silence", "add", "alertname=x", "--comment=c", "--http.config.file", client.path,
              "--alertmanager.url", "http://127.0.0.1:\(agent.http.port)",
            ], in: scratch)
          #expect((result.status == 0) == isAllowed, "\(name): \(result.errors)")
        }
      }
      var shown = [("the log", agent.process.errors + agent.process.output)]
      for path in Endpoint.all.map(\.path) where !path.contains("{") {
        _ = try await curl(
          agent, path, as: "ann:secret of ann", trusting: nil, in: scratch, ["-D", "headers"])
        let body = try String(contentsOf: scratch.path("body"), encoding: .utf8)
        shown.append(
          (path, try String(contentsOf: scratch.path("headers"), encoding: .utf8) + body))
      }
      for (place, text) in shown {
        for secret in ["secret of", "$2b$10$", "$2y$10$", "YW5uOnNlY3JldCBvZiBhbm4"] {
          #expect(!text.contains(secret), "\(place) shows \(secret)")
        }
      }
      #expect(try await agent.process.stop() == 0)
    }

    @Test func aWebConfigurationWithProblemsIsNoStart() async throws {
      let scratch = try Scratch()
      try scratch.makeCertificate("server", names: Self.names)
      try scratch.makeCertificate("other", names: Self.names)
      let main = try scratch.write("breakwater.yml", "mcps: []\n")
      let rows: [(text: String, said: String)] = [
        ("basic_auth_users: {ann: secret}", "web.yml:1:25: basic_auth_users.ann: not a bcrypt"),
        (
          "tls_server_config: {cert_file: server.pem, key_file: other.key}",
          "tls_server_config: certificate and key do not go together"
        ),
        ("tls_server_config: {cert_file: web.yml, key_file: other.key}", "cert: no certificates"),
      ]
      for (text, said) in rows {
        let file = try scratch.write("web.yml", text)
        let run = try await runCommand(
          breakwaterExecutable,
          AgentProcess.arguments(configuration: main, port: freePort(), in: scratch)
            + ["--web.config.file", file.path], in: scratch)
        #expect(run.status == 2 && run.errors.contains(said), "\(run.errors)")
        let check = try await runCommand(
          breakwaterExecutable, ["check", "web-config", file.path], in: scratch)
        #expect(check.status == 1 && check.errors.contains(said), "\(check.errors)")
        #expect(check.errors.contains("web.yml FAILED"))
      }
      let good = try scratch.write("web.yml", Self.users + Self.tls)
      let check = try await runCommand(
        breakwaterExecutable, ["check", "web-config", good.path], in: scratch)
      #expect(check.status == 0 && check.output == "\(good.path) SUCCESS\n", "\(check.errors)")
      let gone = try await runCommand(
        breakwaterExecutable, ["check", "web-config", scratch.path("gone.yml").path], in: scratch)
      #expect(gone.status == 1 && gone.errors.contains("no such file"))
    }
  }
}
