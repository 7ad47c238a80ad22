import Foundation
import TestSupport
import Testing

extension Heavy {
  /// A secret in every field of the configuration file that may hold one, and everybody whom they
  /// are sent to says them back: nobody else gets to see them.
  @Suite(.timeLimit(.minutes(5))) struct FileSecrets {
    /// By the field that it stands in.
    private enum Field: String, CaseIterable {
      case credentials, password, passwordFile, header, headerFile, query, proxy
      case postgres, hookPath, hookQuery, hookFile, hookCredentials, hookPassword, hookProxy
      case signing, signingFile
      case clientSecret, clientSecretFile, endpointParam, tokenQuery
      /// What a token endpoint gives.
      case accessToken
      /// In a configuration that is refused.
      case refused

      var canary: String { "canary-\(rawValue)-3fd1c0de" }
      /// How it may be shown: as it is, or as part of a header.
      var forms: [String] { [canary, Data("u:\(canary)".utf8).base64EncodedString()] }
    }

    private static let faults = ["500", "401", "error", "html", "redirect", "notfound"]

    /// What a server of that fault answers: whatever it was told.
    private static func echo(_ request: ScriptedReceiver.Request) -> ScriptedReceiver.Answer {
      let names = ["authorization", "proxy-authorization", "x-key", "x-file"]
      let values = names.compactMap { request.headers[$0] }
      let basic = values.compactMap { $0.split(separator: " ").last }
        .compactMap { Data(base64Encoded: String($0)) }
        .map { String(decoding: $0, as: UTF8.self) }
      let path = request.line.split(separator: " ").dropFirst().first ?? ""
      let said = (values + basic + [String(path)]).joined(separator: " ")
      let json = "Content-Type: application/json"
      if path.hasPrefix("/token/good") {
        return .status(
          200, headers: [json], body: #"{"access_token":"\#(Field.accessToken.canary)"}"#)
      } else if path.hasPrefix("/token/bad") {
        let words = "\(said) \(request.text)"
        return .status(
          401, headers: [json], body: #"{"error":"no","error_description":"\#(words)"}"#)
      }
      switch faults.first(where: { path.contains("/\($0)") }) {
      case "401":
        return .status(
          401, headers: ["WWW-Authenticate: Bearer error_description=\"\(said)\"", json], body: said
        )
      case "error":
        let id = request.text.firstMatch(of: /"id":("[^"]*"|\d+)/)?.1 ?? "1"
        return .status(
          200, headers: [json],
          body: #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32000,"message":"\#(said)"}}"#)
      case "html": return .status(200, headers: ["Content-Type: text/html"], body: said)
      case "redirect":
        return .status(302, headers: ["Location: http://127.0.0.1:1/\(values.last ?? "")\(path)"])
      case "notfound": return .status(404, headers: ["Content-Type: text/plain"], body: said)
      default: return .status(500, headers: ["Content-Type: text/plain"], body: said)
      }
    }

    private static func configuration(
      echo: ScriptedReceiver, postgres: String, in scratch: Scratch
    ) throws -> String {
      func file(_ field: Field, _ text: String? = nil) throws -> String {
        try scratch.write(field.rawValue, (text ?? field.canary) + "\n").path
      }
      let server = "http://127.0.0.1:\(echo.port)"
      let headers = try """
      http_headers: {X-Key: {secrets: ["\(Field.header.canary)"]}, \
      X-File: {files: ["\(file(.headerFile))"]}}
      """
      let password = try file(.passwordFile)
      let logins = [
        "authorization: {credentials: \(Field.credentials.canary)}",
        "basic_auth: {username: u, password: \(Field.password.canary)}",
        "basic_auth: {username: u, password_file: \"\(password)\"}",
      ]
      let mcps = faults.flatMap { fault in
        logins.enumerated().map { index, login in
          """
          - {name: \(fault)\(index), url: "\(server)/\(fault)?key=\(Field.query.canary)", \
          http: {\(login), \(headers)}}
          """
        }
      }
      let hookFile = try file(.hookFile, "\(server)/hook/\(Field.hookFile.canary)")
      return try """
      global: {probe_interval: 1s, evaluation_interval: 1s}
      circuit_breaker: {failure_threshold: 2}
      postgres: {url: "\(postgres)"}
      rule_files: [rules.yml]
      route: {receiver: hook, group_wait: 0s, group_by: [mcp]}
      receivers:
      - name: hook
        webhook_configs:
        - url: "\(server)/hook/\(Field.hookPath.canary)?token=\(Field.hookQuery.canary)"
          http_config: {authorization: {credentials: \(Field.hookCredentials.canary)}}
          signing_secret: \(Field.signing.canary)
        - url_file: "\(hookFile)"
          http_config:
            basic_auth: {username: u, password: \(Field.hookPassword.canary)}
            proxy_url: "http://u:\(Field.hookProxy.canary)@127.0.0.1:\(echo.port)"
          signing_secret_file: "\(file(.signingFile))"
        - url: "http://127.0.0.1:1/hook/\(Field.hookPath.canary)"
      mcps:
      \(mcps.joined(separator: "\n"))
      - name: proxied
        url: "http://127.0.0.1:1/500?key=\(Field.query.canary)"
        http: {proxy_url: "http://u:\(Field.proxy.canary)@127.0.0.1:\(echo.port)"}
      - name: tokened
        url: "\(server)/401?key=\(Field.query.canary)"
        http: {oauth2: {client_id: u, client_secret: \(Field.clientSecret.canary), \
      auth_method: client_secret_basic, token_url: "\(server)/token/good"}}
      - name: tokenless
        url: "\(server)/500"
        http: {oauth2: {client_id: u, client_secret_file: "\(file(.clientSecretFile))", \
      endpoint_params: {extra: \(Field.endpointParam.canary)}, \
      token_url: "\(server)/token/bad?key=\(Field.tokenQuery.canary)"}}
      - {name: closed, url: "http://127.0.0.1:1/mcp?key=\(Field.query.canary)"}
      - {name: tls, url: "https://127.0.0.1:\(echo.port)/mcp?key=\(Field.query.canary)"}

      """
    }

    /// With a secret in most places where something else belongs.
    private static let refused = """
      global: {probe_interval: 1s}
      postgres: {url: "postgresql://u:\(Field.refused.canary)@@h:x/db", log: all}
      receivers:
      - {name: hook, webhook_configs: [{url: "ftp://u:\(Field.refused.canary)@h/hook"}]}
      mcps:
      - name: a
        url: "http://u:\(Field.refused.canary)@h/mcp"
        http: {proxy_url: "x:\(Field.refused.canary)@h"}
      - name: b
        url: "http://h/mcp"
        http: {authorization: {credentials: [\(Field.refused.canary)]}}

      """

    @Test func areSentAndNeverShown() async throws {
      let echo = ScriptedReceiver(answer: Self.echo)
      let scratch = try Scratch()
      var options = PostgresCluster.Options()
      options.hba = "local all all trust\nhost all all all scram-sha-256\n"
      let cluster = try await PostgresCluster(options)
      try await cluster.psql("CREATE ROLE agent LOGIN PASSWORD 'another'")
      try scratch.write("rules.yml", RuleBench.circuitOpen)
      let agent = try await AgentProcess.started(
        Self.configuration(
          echo: echo, postgres: cluster.url(user: "agent", password: Field.postgres.canary),
          in: scratch), in: scratch, arguments: ["--log.level", "debug"])

      let names = try await agent.mcps().compactMap { $0["name"].string }
      #expect(names.count == 23)
      let failures = "breakwater_notification_failed_tries_total"
      try await until("everybody has been asked, and everything fails") {
        let page = try await agent.metrics()
        let probes = page.samples.filter { $0.name == "mcp_probes_total" && $0.value > 0 }
        let tries = page.samples.filter { $0.name == failures && $0.value > 0 }
        let auth = page.value("breakwater_postgres_failures_total", ["reason": "auth"]) ?? 0
        let missing = Set(names).subtracting(probes.compactMap { $0.labels["mcp"] })
        guard missing.isEmpty, auth > 0, tries.count >= 2 else {
          throw LocalHTTP.Failure(description: "\(missing), \(auth), \(tries.map(\.labels))")
        }
        return true
      }
      try scratch.write("breakwater.yml", Self.refused)
      agent.process.send(SIGHUP)
      let told = [
        "The configuration has problems", "Postgres cannot be used", "Message not delivered",
        "Circuit opened", "Probe ended", "Webhook tried", "<secret>",
      ]
      for words in told {
        try await until("the log says \(words)") { agent.process.errors.contains(words) }
      }
      let pages = try await Self.pages(agent, names)
      #expect(try await agent.process.stop() == 0)

      let sent = echo.requests.map { "\($0.line) \($0.headers) \($0.text)" }.joined()
      for field in Field.allCases
      where ![.postgres, .signing, .signingFile, .refused].contains(field) {
        #expect(field.forms.contains { sent.contains($0) }, "\(field) was sent")
      }
      for (place, text) in pages + [("log", agent.process.errors), ("out", agent.process.output)] {
        for form in Field.allCases.flatMap(\.forms) where text.contains(form) {
          let line = text.split(separator: "\n").first { $0.contains(form) } ?? ""
          Issue.record("\(place) shows \(form): \(line.prefix(600))")
        }
      }
    }

    /// Everything that may be asked of the agent.
    private static func pages(
      _ agent: AgentProcess, _ names: [String]
    ) async throws -> [(String, String)] {
      var paths = ["/", "/metrics", "/api/v1/mcps", "/api/v1/rules", "/api/v1/alerts"]
      paths += names.flatMap { ["/api/v1/mcps/\($0)", "/api/v1/mcps/\($0)/events"] }
      paths.append("/api/v1/query?query=\(escaped(#"{__name__=~".+"}"#))")
      var pages: [(String, String)] = []
      for path in paths {
        let page = try await agent.http.get(path)
        #expect(page.status == 200 && !page.text.isEmpty, "\(path)")
        pages.append((path, page.text))
      }
      return pages
    }
  }
}
