import FaultServers
import Foundation
import TestSupport
import Testing

/// A directory that looks like the checkout, with servers where the pages say that there are some,
/// and an agent that watches them.
final class DocumentationBench {
  let scratch: Scratch
  let needs: DocumentedNeeds
  let servers: SwitchServers
  let port: Int
  let hook = ScriptedReceiver()
  private(set) var addresses = DocumentedAddresses()
  private(set) var cluster: PostgresCluster?
  private var agent: AgentProcess?
  /// Commands that go on, by the address at which they answer.
  private var running: [String: ChildProcess] = [:]
  /// Alertmanager, a server of certificates, one that wants credentials.
  private var kept: [AnyObject] = []
  private var madeDatabases: Set<String> = []
  private var files = 0

  init(_ pages: [DocumentedPage]) async throws {
    needs = DocumentedNeeds(pages)
    scratch = try Scratch()
    servers = try SwitchServers(in: scratch)
    port = try freePort()
    try await servers.turn("orders", to: "500")
    try await startPeers()
    try furnish()
  }

  /// Ends what goes on, each by its own process.
  func end() async throws {
    for process in running.values { try await process.stop() }
    try await agent?.process.stop()
    try await cluster?.stop(.immediate)
  }

  // MARK: - Servers

  private func startPeers() async throws {
    let switches = "127.0.0.1:\(servers.port)/mcp"
    addresses.put("127.0.0.1:\(port)", for: "127.0.0.1:9627")
    addresses.put("127.0.0.1:\(try freePort())", for: "127.0.0.1:9090")
    addresses.put("127.0.0.1:\(try freePort())", for: "127.0.0.1:9628")
    addresses.put(hook.url, for: "http://127.0.0.1:9000/hook")
    addresses.put("\(switches)/search", for: "127.0.0.1:8000/mcp")
    addresses.put("http://\(switches)/weather", for: "https://weather.example/mcp")
    if let scenario = Scenario.named("auth_required").first {
      let server = try await FaultServer(scenario)
      addresses.put(server.url, for: "https://private.example/mcp")
      kept.append(server)
    }
    if needs.alertmanager {
      let alertmanager = try Alertmanager(in: scratch)
      addresses.put("127.0.0.1:\(alertmanager.http.port)", for: "127.0.0.1:9093")
      kept.append(try await alertmanager.start())
    }
    if needs.postgres {
      let cluster = try await PostgresCluster()
      addresses.put("127.0.0.1:\(cluster.port)", for: "127.0.0.1:5432")
      self.cluster = cluster
    }
    if needs.certificate { try await startCertificate() }
  }

  private func startCertificate() async throws {
    let made = try await runCommand(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-keyout", "tls.key", "-out", "tls.crt", "-subj", "/CN=weather.example",
      ], in: scratch)
    try #require(made.status == 0, "\(made.errors)")
    let port = try freePort()
    let server = try ChildProcess(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:\(port)", "-key", "tls.key", "-cert", "tls.crt", "-www"],
      in: scratch)
    try await until("openssl accepts") { server.output.contains("ACCEPT") }
    addresses.put("127.0.0.1:\(port)", for: "weather.example:443")
    kept.append(server)
  }

  /// The agent that no page starts, when something first asks for it; it has seen by then what
  /// pages ask for.
  func startAgent() async throws {
    guard needs.agent, agent == nil else { return }
    if needs.postgres { try await makeAgentsDatabase() }
    let agent = try AgentProcess(
      configuration: scratch.path("breakwater.yml"), port: port, in: scratch,
      arguments: ["--web.enable-lifecycle", "--web.enable-fault-injection"])
    self.agent = agent
    try await agent.ready()
    try await settle()
    guard let cluster else { return }
    let tools = #"[{"name": "look", "description": "new", "inputSchema": {"type": "object"}}]"#
    try await servers.setTools(of: "search", to: tools)
    for event in ["circuit_opened", "catalogue_changed", "health_check_success"] {
      try await until("the database knows of \(event)") {
        let sql = "SELECT count(*) FROM omni2.mcp_health_log WHERE event_type = '\(event)'"
        return try await cluster.psql(sql, database: "omni") != "0"
      }
    }
  }

  /// Every MCP has been probed, and what is to be down is down.
  func settle() async throws {
    let http = LocalHTTP(port: port)
    try await until("the agent knows its MCPs") {
      let mcps = try await http.get("/api/v1/mcps").json()["data"].array
      return mcps.allSatisfy { mcp in
        mcp["name"].string == "orders"
          ? mcp.health == "circuit_open" : mcp["last_probe"]["outcome"].string != nil
      }
    }
  }

  private func makeAgentsDatabase() async throws {
    guard let cluster else { return }
    try await cluster.psql(
      """
      DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'breakwater') THEN
          CREATE ROLE breakwater LOGIN;
        END IF;
      END $$
      """)
    let sql = "SELECT count(*) FROM pg_database WHERE datname = 'omni'"
    if try await cluster.psql(sql) == "0" {
      try await cluster.psql("CREATE DATABASE omni OWNER breakwater")
    }
  }

  /// The name of a database that is as a page has it.
  func database(_ kind: DocumentedDatabase) async throws -> String {
    switch kind {
    case .empty: return "postgres"
    case .omni2:
      guard let cluster, madeDatabases.insert("before").inserted else { return "before" }
      try await cluster.psql("CREATE DATABASE before")
      try await cluster.psql(OMNI2.tables + OMNI2.rows, database: "before")
      return "before"
    case .agent:
      try await startAgent()
      return "omni"
    }
  }

  // MARK: - Commands

  /// Runs a block of bash, which ends at the first command that fails.
  func shell(_ text: String) async throws -> CommandResult {
    try await runCommand(
      "env", Self.environment(scratch) + ["bash", "-eo", "pipefail", "-c", real(text)],
      in: scratch, within: .seconds(90))
  }

  /// Starts a command that goes on, in place of one that answers at the same address, and waits
  /// until it answers.
  func start(_ text: String, answering address: String) async throws {
    if let before = running[address] { try await before.stop() }
    let process = try ChildProcess(
      "env", Self.environment(scratch) + ["bash", "-c", "exec \(real(text))"],
      name: "background", in: scratch)
    running[address] = process
    try await until("\(address) answers") {
      guard process.isRunning else { return true }
      let answer = try await runCommand(
        "curl", ["-sk", "-o", "answer", "-w", "%{http_code}", real(address)], in: scratch)
      return ["200", "401"].contains(answer.output)
    }
    guard process.isRunning else {
      throw LocalHTTP.Failure(description: "it has ended: \(process.output)\(process.errors)")
    }
    if address.contains(":9627") { try await settle() }
  }

  /// Text of a page with the addresses of this bench.
  func real(_ text: String) -> String {
    let text = addresses.applied(to: text)
    guard !text.contains("--web.listen-address=127.0.0.1:\(port)") else { return text }
    return text.replacing(
      "breakwater run", with: "breakwater run --web.listen-address=127.0.0.1:\(port)")
  }

  func newFile(_ ending: String) -> String {
    files += 1
    return "fragment-\(files).\(ending)"
  }

  var agentsProcess: Int32? {
    agent?.process.pid ?? running.first { $0.key.contains(":9627") }?.value.pid
  }

  private static func environment(_ scratch: Scratch) -> [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return ["PATH=\(scratch.path("bin").path):\(path)", "TERM=dumb", "LC_ALL=C.UTF-8"]
  }
}
