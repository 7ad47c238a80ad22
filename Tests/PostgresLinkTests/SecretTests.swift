import Agent
import Foundation
import PostgresLink
import Signals
import TestSupport
import Testing

private let passwordOnly = """
  local all all trust
  host all all all scram-sha-256

  """

/// A server that wants passwords, and a role that has one.
private func strictCluster() async throws -> PostgresCluster {
  var options = PostgresCluster.Options()
  options.hba = passwordOnly
  let cluster = try await PostgresCluster(options)
  try await cluster.psql("CREATE ROLE agent LOGIN PASSWORD 'good p%ss'")
  return cluster
}

/// A file of passwords as libpq takes it.
private func passwordFile(_ lines: [String], in scratch: Scratch) throws -> String {
  let file = try scratch.write("pgpass-\(lines.count)", lines.joined(separator: "\n") + "\n")
  try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
  return file.path
}

private func variable(_ name: String, _ value: String?) {
  if let value { _ = unsafe setenv(name, value, 1) } else { _ = unsafe unsetenv(name) }
}

@Suite struct SecretTests {
  @Test func aFileOfPasswordsIsAskedForEachHost() async throws {
    let cluster = try await strictCluster()
    let closed = LoopbackServer.closedPort()
    let file = try passwordFile(
      ["127.0.0.1:\(closed):*:agent:other", "127.0.0.1:\(cluster.port):postgres:agent:good p%ss"],
      in: cluster.scratch)
    let connection = try Link().open(
      "postgresql://agent@127.0.0.1:\(closed),127.0.0.1:\(cluster.port)/postgres?passfile=\(file)")
    #expect(try connection.execute("SELECT current_user::text").text(0, 0) == "agent")
  }

  @Test func theEnvironmentSaysWhatTheURLDoesNot() async {
    await #expect(processExitsWith: .success) {
      let cluster = try await strictCluster()
      let closed = LoopbackServer.closedPort()
      variable("PGHOST", "127.0.0.1,127.0.0.1")
      variable("PGPORT", "\(closed),\(cluster.port)")
      variable("PGUSER", "agent")
      variable("PGDATABASE", "postgres")
      variable("PGPASSWORD", "good p%ss")
      let interrupt = try Link().interrupt
      let target = try ConnectionTarget(url: nil)
      let connection = try Connection.open(target, interrupt: interrupt)
      #expect(connection.host == "127.0.0.1:\(cluster.port)")
      #expect(try connection.execute("SELECT current_user::text").text(0, 0) == "agent")

      variable("PGPASSWORD", "canary in the environment")
      let error = failure { () throws(LinkError) in
        _ = try Connection.open(target, interrupt: interrupt)
      }
      #expect(error?.reason == .auth && error?.sqlState == "28P01")
      #expect(!"\(error.map { "\($0)" } ?? "canary")".contains("canary"))

      variable("PGPASSWORD", nil)
      variable("PGPASSFILE", try passwordFile(["*:*:*:*:good p%ss"], in: cluster.scratch))
      #expect(try Connection.open(target, interrupt: interrupt).isUsable)
    }
  }

  @Test func noErrorTellsAPassword() async throws {
    let cluster = try await strictCluster()
    let closed = LoopbackServer.closedPort()
    let file = try passwordFile(["*:*:*:*:canary"], in: cluster.scratch)
    let link = try Link()
    let urls = [
      cluster.url(user: "agent", password: "canary"),
      cluster.url(user: "agent", password: "c%61nary"),
      cluster.url(user: "agent", password: "%20canary%25%2F%40"),
      cluster.url(user: "agent", parameters: "passfile=\(file)"),
      cluster.url(user: "agent", parameters: "password=canary"),
      cluster.url(user: "agent", password: "canary", database: "nothing"),
      cluster.url(user: "agent", password: "canary", port: closed),
      cluster.url(user: "agent", password: "canary", parameters: "sslmode=verify-full"),
      cluster.url(user: "agent", password: "canary", parameters: "sslpassword=canary&sslmode=x"),
      // Where a password that was not percent-encoded may end up.
      "postgresql://agent:x@canary@127.0.0.1:\(cluster.port)/postgres",
      "postgresql://agent:x/canary@127.0.0.1:\(cluster.port)/postgres",
      "postgresql://agent:x#canary@127.0.0.1:\(cluster.port)/postgres",
      "postgresql://agent:x?canary@127.0.0.1:\(cluster.port)/postgres",
      "postgresql://canary:canary@127.0.0.1:\(cluster.port)/canary",
    ]
    for url in urls {
      let error = failure { () throws(LinkError) in _ = try link.open(url) }
      #expect(error != nil, "\(url)")
      let text = error.map { "\($0)\(String(reflecting: $0))" } ?? ""
      #expect(!text.contains("canary"), "\(url)")
    }
  }

  @Test func aTargetShowsNoPassword() throws {
    let target = try ConnectionTarget(url: Secret("postgresql://u:canary@h/db?sslpassword=canary"))
    var text = "\(target) \(String(reflecting: target))"
    dump(target, to: &text)
    #expect(!text.contains("canary"))
  }
}
