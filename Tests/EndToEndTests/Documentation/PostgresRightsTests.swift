import Foundation
import TestSupport
import Testing

/// docs/postgres.md says which rights an agent needs that did not make the schema.
@Suite(.timeLimit(.minutes(3))) struct PostgresRights {
  private static let role = "breakwater_writer"

  @Test func thoseOfThePageAreEnough() async throws {
    let page = try #require(DocumentedPage(at: "docs/postgres.md"))
    let grants = try #require(
      page.blocks.first { $0.language == "sql" && $0.text.contains("TO \(Self.role)") })
    let bench = try await PostgresBench()
    try bench.configure(["one"])
    let owner = try await bench.start()
    try await bench.agree(owner, "one")
    #expect(try await owner.process.stop() == 0)

    try await bench.cluster.psql(grants.text)
    let file = bench.scratch.path("breakwater.yml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let url = bench.cluster.url(user: Self.role)
    try bench.scratch.write("breakwater.yml", text.replacing(bench.cluster.url(), with: url))
    let agent = try await bench.start()
    try await bench.turn(["one"], to: "500")
    try await until("the row says so") {
      try await bench.server("one")["health_status"].string == "circuit_open"
    }
    try await bench.agree(agent, "one")
    let sessions = try await bench.rows(
      "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename = '\(Self.role)'")
    #expect(sessions.count == 1)
    let refusals = try await agent.metrics()
      .value("breakwater_postgres_failures_total", ["reason": "permission"])
    #expect(refusals == 0)
    #expect(try await agent.process.stop() == 0)
  }
}
