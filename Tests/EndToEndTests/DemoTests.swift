import Foundation
import TestSupport
import Testing

/// What a newcomer sees within the first minutes.
@Suite(.timeLimit(.minutes(6))) struct Demo {
  @Test func showsACircuitThatOpensAndRecovers() async throws {
    let scratch = try Scratch()
    let port = try freePort()
    let demo = try ChildProcess(
      breakwaterExecutable, ["demo", "--web.listen-address", "127.0.0.1:\(port)"], name: "demo",
      in: scratch)
    let http = LocalHTTP(port: port)
    try await until("the demonstration is ready") {
      try await http.get("/-/ready").status == 200
    }
    try await until("it says which address to open") {
      (demo.output + demo.errors).contains("http://127.0.0.1:\(port)")
    }

    let names = try await http.get("/api/v1/mcps").json()["data"].array
      .compactMap { $0["name"].string }
    #expect(names.count == 4)
    let page = try await http.get("/")
    #expect(page.headers["content-type"]?.hasPrefix("text/html") == true)
    for name in names { #expect(page.text.contains(name)) }

    let scripted = try await eventually("a circuit opens", within: .seconds(120)) {
      try await http.get("/api/v1/mcps").json()["data"].array
        .first { $0.circuitState == "open" && $0["server"]["name"].string != nil }?["name"].string
    }
    try await until("the circuit of \(scripted) closes again", within: .seconds(150)) {
      let page = MetricsPage(try await http.get("/metrics").text)
      let move = ["mcp": scripted, "from": "half_open", "to": "closed"]
      return (page.value("mcp_circuit_transitions_total", move) ?? 0) >= 1
    }
    let summary = "McpCircuitOpen  The circuit of \(scripted) is open"
    for status in ["FIRING  ", "RESOLVED"] {
      try await until("the terminal shows the webhook: \(status)", within: .seconds(60)) {
        demo.output.contains("webhook  \(status)  \(summary)")
      }
    }
    let crash = "CoordinatorRestarted  Breakwater's coordinator restarted (crash)"
    try await until("the terminal shows the webhook of the crash", within: .seconds(90)) {
      demo.output.contains("webhook  FIRING    \(crash)")
    }
    let restarts = MetricsPage(try await http.get("/metrics").text)
    #expect(
      restarts.value("breakwater_coordinator_restarts_total", ["reason": "crash"]) == 1)
    #expect(try await demo.stop() == 0)
    #expect(demo.output.matches(of: /FIRING    CoordinatorRestarted/).count == 1)
  }
}
