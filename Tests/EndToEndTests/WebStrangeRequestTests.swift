import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Requests of every wrong kind, as the program answers them (A19); and no trace of them.
  @Suite(.timeLimit(.minutes(5))) struct WebStrangeRequests {
    private static let mark = "zzoutsidezz"

    private static func get(_ target: String, _ fields: String = "") -> String {
      "GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(fields)\r\n"
    }
    private static func ask(_ method: String) -> String {
      "\(method) /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    }
    private static func post(_ fields: String, _ body: String = "") -> String {
      "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "\(fields)\r\n\r\n\(body)"
    }
    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static let rows: [(request: String, statuses: [Int])] = [
      (get("/\(mark)"), [404]), (get("/api/v1/mcps/\(mark)"), [404]),
      (get("/metrics?\(mark)=\(mark)"), [200]), (get("/api/v1/query?query=\(mark)("), [400]),
      (get("/api/v2/silence/\(mark)"), [404]), (get("/api/v1/label/\(mark)/values"), [200]),
      (get("/", "X-\(mark): \(mark)\r\nUser-Agent: \(mark)\r\n"), [200]),
      (get("/\u{0}\(mark)"), [400]), (get("/%00\(mark)"), [400]), (get("/%\(mark)"), [400]),
      (get("/.."), [404]), (get("/../../../etc/passwd"), [404]),
      (get("/%2e%2e/%2e%2e/etc/passwd"), [404]), (get("/metrics/../metrics"), [404]),
      (get("//metrics"), [404]), (get("/metrics%2f\(mark)"), [404]), (get("/metrics/"), [404]),
      (get("/\u{1b}[31m\(mark)"), [400]), (get("/%0d%0aSet-Cookie:%20\(mark)"), [404]),
      (get("*"), [400]), (get("http://localhost/metrics"), [200]),
      (get("http://\(mark)/metrics"), [400]),
      ("GET /metrics HTTP/1.1\r\nHost: \(mark)\r\nConnection: close\r\n\r\n", [421]),
      (ask("BREW"), [400]), (ask("get"), [400]), (ask(mark), [400]), (ask(long(100)), [400]),
      (ask("OPTIONS"), [405]), (ask("TRACE"), [405]), (ask("CONNECT"), [405]),
      (ask("PROPFIND"), [405]), (ask("DELETE"), [405]),
      (post("Content-Encoding: gzip\r\nContent-Length: 9", mark.prefix(9).description), [415]),
      (post("Content-Encoding: zstd\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), [415]),
      (get("/\(long(8 << 10))"), [414]), (get("/", "X: \(long(16 << 10))\r\n"), [431]),
      (post("Content-Length: 65537"), [413]),
      (post("Transfer-Encoding: chunked", "10001\r\n\(long(65_537))\r\n0\r\n\r\n"), [413]),
      (post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n\(get("/"))"), [400]),
      (post("Content-Length: 0\r\nContent-Length: 9", get("/")), [400]),
      (post("Transfer-Encoding: \(mark), chunked", "0\r\n\r\n\(get("/"))"), [400]),
      ("GET / HTTP/1.1\r\n\r\n\(get("/"))", [400]),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\(get("/"))", [400]), ("GET /\r\n\(get("/"))", [400]),
      (
        String(
          repeating: "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 19)
          + get("/metrics"), Array(repeating: 200, count: 20)
      ),
    ]

    /// A series, whatever its value.
    private static func series(_ page: MetricsPage) -> Set<String> {
      Set(page.samples.map { "\($0.name) \($0.labels.sorted { $0.key < $1.key })" })
    }

    @Test func areAnsweredRightlyAndLeaveNoTrace() async throws {
      let scratch = try Scratch()
      let agent = try await AgentProcess.started(
        "mcps: []\n", in: scratch, arguments: ["--log.level", "debug"])
      let before = Self.series(try await agent.metrics())
      let found = try await WebPeers.statuses(
        of: Self.rows.map(\.request), from: agent, in: scratch)
      try #require(found.count == Self.rows.count)
      for ((request, statuses), found) in zip(Self.rows, found) where found != statuses {
        Issue.record("\(request.prefix(200).debugDescription): \(found), not \(statuses)")
      }
      let page = try await agent.http.get("/metrics").text
      let new = Self.series(MetricsPage(page)).subtracting(before)
      #expect(new.isEmpty, "\(new)")
      let traces = [Self.mark, "BREW", Self.long(50), "\u{1b}", "passwd"]
      for (place, text) in [("metrics", page), ("log", agent.process.errors)] {
        for trace in traces where text.contains(trace) {
          Issue.record("\(place) shows \(trace.debugDescription)")
        }
      }
      #expect(try await agent.process.stop() == 0)
    }
  }
}
