import DemoServers
import Foundation
import FoundationNetworking
import Logging
import Synchronization
import Testing

@Suite struct DemoServersTests {
  @Test(arguments: [
    (-1.0, FailureScript.Behaviour.answers), (0, .answers), (19.9, .answers),
    (20, .unavailable), (44.9, .unavailable), (45, .closesConnection), (49.9, .closesConnection),
    (50, .serverError), (54.9, .serverError), (55, .answers), (74.9, .answers), (75, .answers),
    (95, .unavailable), (7_500_020, .unavailable), (7_500_055, .answers),
  ])
  func `the script repeats`(seconds: Double, expected: FailureScript.Behaviour) {
    #expect(FailureScript.behaviour(at: .seconds(seconds)) == expected)
    #expect(FailureScript.period == .seconds(75))
  }

  @Test func `four servers listen, each at its path`() async throws {
    try await withServers { client in
      #expect(client.servers.map(\.name) == ["weather", "orders", "archive", "vault"])
      for server in client.servers {
        let url = try #require(URL(string: server.url))
        #expect(url.host() == "127.0.0.1")
        #expect(url.path() == "/\(server.name)/mcp")
        #expect((url.port ?? 0) > 0)
      }
    }
  }

  @Test func `weather is discovered and listed without a session`() async throws {
    try await withServers { client in
      let discovered = try await client.stateless("server/discover")
      #expect(discovered.status == 200)
      #expect(discovered.headers["mcp-session-id"] == nil)
      let result = try #require(discovered.member("result"))
      #expect(result["supportedVersions"] as? [String] == ["2026-07-28"])
      #expect((result["capabilities"] as? [String: Any])?.count == 3)
      let meta = result["_meta"] as? [String: Any]
      let server = meta?["io.modelcontextprotocol/serverInfo"] as? [String: Any]
      #expect(server?["name"] as? String == "weather")
      for (method, list, count) in [
        ("tools/list", "tools", 3), ("prompts/list", "prompts", 1),
        ("resources/list", "resources", 2), ("resources/templates/list", "resourceTemplates", 0),
      ] {
        let answer = try await client.stateless(method)
        #expect((answer.member("result")?[list] as? [Any])?.count == count, "\(method)")
        #expect(answer.member("result")?["resultType"] as? String == "complete")
      }
    }
  }

  /// What a stateless server must refuse, and how.
  @Test(arguments: [
    ("ping", "ping", "2026-07-28", "2026-07-28", 404, -32601),
    ("server/discover", "tools/list", "2026-07-28", "2026-07-28", 400, -32020),
    ("server/discover", "server/discover", "2026-07-28", "2026-07-29", 400, -32020),
    ("server/discover", "server/discover", "2027-01-01", "2027-01-01", 400, -32022),
  ])
  func `a stateless request that is wrong is refused`(
    method: String, header: String, version: String, metaVersion: String, status: Int, code: Int
  ) async throws {
    try await withServers { client in
      let answer = try await client.stateless(
        method, header: header, version: version, metaVersion: metaVersion)
      #expect(answer.status == status)
      #expect(answer.member("error")?["code"] as? Int == code)
    }
  }

  @Test(arguments: ["weather", "orders"])
  func `a session is opened, used and ended`(name: String) async throws {
    try await withServers { client in
      let opened = try await client.post(
        name, body: request("initialize", params: #"{"protocolVersion":"2025-06-18"}"#))
      #expect(opened.status == 200)
      #expect(opened.member("result")?["protocolVersion"] as? String == "2025-06-18")
      let session = try #require(opened.headers["mcp-session-id"])
      let headers = ["Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-06-18"]
      let notice = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
      let noticed = try await client.post(name, body: notice, headers: headers)
      #expect(noticed.status == 202)
      #expect(noticed.body.isEmpty)
      let ping = try await client.post(name, body: request("ping"), headers: headers)
      #expect(ping.member("result")?.isEmpty == true)
      let tools = try await client.post(name, body: request("tools/list"), headers: headers)
      #expect((tools.member("result")?["tools"] as? [Any])?.isEmpty == false)
      let unknown = try await client.post(name, body: request("tools/burn"), headers: headers)
      #expect(unknown.member("error")?["code"] as? Int == -32601)
      #expect(try await client.send(name, "DELETE", headers: headers).status == 204)
      let stale = try await client.post(name, body: request("ping"), headers: headers)
      #expect(stale.status == 404)
    }
  }

  @Test func `what has no session is refused`() async throws {
    try await withServers { client in
      let lost = try await client.post("orders", body: request("ping"))
      #expect(lost.status == 400)
      #expect(lost.member("error")?["code"] as? Int == -32600)
      let discover = try await client.stateless("server/discover", of: "orders")
      #expect(discover.status == 400)
      #expect(try await client.post("weather", body: "{").status == 400)
      #expect(try await client.send("weather", "GET").status == 405)
      let flood = String(repeating: "x", count: 65 << 10)
      #expect(try await client.post("weather", body: flood).status == 413)
    }
  }

  @Test func `orders fails as its script says and comes back`() async throws {
    let clock = ScriptClock()
    let body = request("initialize", params: #"{"protocolVersion":"2025-11-25"}"#)
    try await withServers(elapsed: { clock.now }) { client in
      for (seconds, expected) in [(0, 200), (30, 503), (47, nil), (52, 500), (60, 200)] {
        clock.set(.seconds(seconds))
        let status = try? await client.post("orders", body: body).status
        #expect(status == expected, "after \(seconds) s")
      }
    }
  }

  @Test func `vault demands credentials by a challenge`() async throws {
    try await withServers { client in
      for method in ["GET", "POST", "DELETE"] {
        let answer = try await client.send("vault", method)
        #expect(answer.status == 401)
        #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer ") == true)
      }
    }
  }

  @Test func `archive never answers, and does not keep the servers from stopping`() async throws {
    let servers = DemoServers(logger: Logger(label: "test"))
    let client = DemoClient(servers: try await servers.start())
    await #expect(throws: URLError.self) {
      try await client.send("archive", "POST", timeout: 1)
    }
    let pending = Task { try await client.send("archive", "POST", timeout: 300) }
    // Answered only after the listener has taken the pending request's connection.
    _ = try await client.send("vault", "GET")
    let began = ContinuousClock.now
    await servers.stop()
    #expect(ContinuousClock.now - began < .seconds(150))
    let status = try? await pending.value.status
    #expect(status != 200)
    await #expect(throws: URLError.self) { try await client.send("vault", "GET") }
  }

  @Test func `run ends when it is cancelled`() async throws {
    let servers = DemoServers(logger: Logger(label: "test"))
    let client = DemoClient(servers: try await servers.start())
    let running = Task { try await servers.run() }
    #expect(try await client.send("vault", "GET").status == 401)
    running.cancel()
    _ = await running.result
    await #expect(throws: URLError.self) { try await client.send("vault", "GET") }
  }

  private func withServers(
    elapsed: @escaping @Sendable () -> Duration = { .zero },
    _ body: (DemoClient) async throws -> Void
  ) async throws {
    let servers = DemoServers(logger: Logger(label: "test"), elapsed: elapsed)
    let client = DemoClient(servers: try await servers.start())
    do {
      try await body(client)
    } catch {
      await servers.stop()
      throw error
    }
    await servers.stop()
  }
}

private func request(_ method: String, params: String = "{}") -> String {
  #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":\#(params)}"#
}

/// A time that a test sets.
private final class ScriptClock: Sendable {
  private let time = Mutex(Duration.zero)

  var now: Duration { time.withLock { $0 } }
  func set(_ now: Duration) { time.withLock { $0 = now } }
}

private struct DemoClient {
  struct Answer {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: Data

    func member(_ name: String) -> [String: Any]? {
      let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
      return object?[name] as? [String: Any]
    }
  }

  let servers: [DemoServer]

  func send(
    _ name: String, _ method: String, body: String? = nil, headers: [String: String] = [:],
    timeout: TimeInterval = 300
  ) async throws -> Answer {
    let server = try #require(servers.first { $0.name == name })
    var request = URLRequest(url: try #require(URL(string: server.url)))
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let session = URLSession(configuration: configuration)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    var fields: [String: String] = [:]
    for (name, value) in http.allHeaderFields {
      if let name = name as? String { fields[name.lowercased()] = value as? String }
    }
    return Answer(status: http.statusCode, headers: fields, body: data)
  }

  func post(
    _ name: String, body: String, headers: [String: String] = [:]
  ) async throws -> Answer {
    var headers = headers
    headers["Content-Type"] = "application/json"
    return try await send(name, "POST", body: body, headers: headers)
  }

  func stateless(
    _ method: String, of name: String = "weather", header: String? = nil,
    version: String = "2026-07-28", metaVersion: String = "2026-07-28"
  ) async throws -> Answer {
    let meta = """
      {"_meta":{"io.modelcontextprotocol/protocolVersion":"\(metaVersion)",\
      "io.modelcontextprotocol/clientCapabilities":{}}}
      """
    return try await post(
      name, body: request(method, params: meta),
      headers: ["MCP-Protocol-Version": version, "Mcp-Method": header ?? method])
  }
}
