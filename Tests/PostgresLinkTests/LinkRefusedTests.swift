import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkRefusedTests {
  @Test func whoIsRefusedTriesAgainMoreAndMoreSeldomAndTellsNoSecret() async throws {
    let cluster = try await Self.strictCluster()
    let cases: [(url: String, reason: PostgresFailure)] = [
      (cluster.url(user: "agent", password: "canary"), .auth),
      (cluster.url(user: "agent", password: "canary", parameters: "sslmode=disable"), .tls),
      (
        cluster.url(
          user: "agent", password: "canary",
          parameters: "sslmode=verify-full&sslrootcert=/nowhere/ca.pem"), .tls
      ),
    ]
    for (url, reason) in cases {
      var limits = LinkLimits.quick
      limits.longestPause = .seconds(60)
      let bench = try LinkBench(limits: limits)
      bench.configure(url)
      bench.grow(10)
      try await bench.untilFailed(reason, times: 5)
      #expect(!bench.isUp && bench.figures.failures.reduce(0, +) == bench.failures(reason))
      let times = bench.reports.map(\.at)
      // 20, 40, 80, 160 ms, each up to a fifth shorter.
      #expect(times[0].duration(to: times[4]) >= .milliseconds(240))
      #expect(times[3].duration(to: times[4]) >= .milliseconds(128))
      let told = bench.reports.map { "\($0.report)\(String(reflecting: $0.report))" }.joined()
      #expect(!told.contains("canary") && told.contains(reason == .tls ? "tls" : "auth"))
    }
  }

  @Test func aPasswordThatIsPutRightIsTaken() async throws {
    let cluster = try await Self.strictCluster()
    try await cluster.psql("CREATE DATABASE health OWNER agent")
    let database = cluster.url(user: "agent", password: "canary", database: "health")
    let bench = try LinkBench()
    bench.configure(database)
    bench.grow(10)
    try await bench.untilFailed(.auth)
    try await cluster.psql("ALTER ROLE agent PASSWORD 'canary'")
    try await until("all is over") { bench.figures.rowsWritten == 10 }
  }

  private static func strictCluster() async throws -> PostgresCluster {
    var options = PostgresCluster.Options()
    options.hba = "local all all trust\nhostssl all all all scram-sha-256\n"
    options.tlsNames = "IP:127.0.0.1"
    let cluster = try await PostgresCluster(options)
    try await cluster.psql("CREATE ROLE agent LOGIN PASSWORD 'another'")
    return cluster
  }
}
