import Foundation
import PromQL
import Signals
import Synchronization
import Testing
import WebServer

/// What a stranger can do with the query API, and cannot.
struct QueryBoundsTests {
  @Test(arguments: [
    ("DELETE", "/api/v1/series", "GET, HEAD, POST"), ("PUT", "/api/v1/query", "GET, HEAD, POST"),
    ("POST", "/api/v1/label/a/values", "GET, HEAD"), ("POST", "/api/v1/metadata", "GET, HEAD"),
    ("OPTIONS", "/api/v1/parse_query", "GET, HEAD, POST"),
    ("POST", "/api/v1/status/buildinfo", "GET, HEAD"),
  ])
  func `another method is refused and the right ones are named`(
    method: String, path: String, allow: String
  ) async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let answer = try await peer.send(method, path, ["Content-Length: 0"])
      #expect(answer.status == 405)
      #expect(answer.header("allow") == allow)
    }
  }

  @Test func `HEAD gives the head`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let answer = try await peer.send("HEAD", "/api/v1/query?query=1")
      #expect(answer.status == 200)
      #expect(answer.header("content-length") == "82")
      #expect(answer.header("x-content-type-options") == "nosniff")
    }
  }

  @Test func `without samples the query API is unavailable, and says so`() async throws {
    try await serving(FakeAgent()) { peer in
      let answer = try await peer.get("/api/v1/query?query=1")
      #expect(answer.status == 503)
      #expect(answer.text.contains("this agent keeps no samples"))
      try await peer.get("/api/v1/status/buildinfo").expect(status: 200)
    }
  }

  @Test func `compression follows Accept-Encoding`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let answer = try await peer.get("/api/v1/query?query=mcp_up", ["Accept-Encoding: gzip"])
      #expect(answer.header("content-encoding") == "gzip")
      #expect(answer.body.starts(with: [0x1f, 0x8b]))
      let plain = try await peer.get("/api/v1/query?query=mcp_up")
      #expect(plain.header("content-encoding") == nil)
      #expect(plain.body.count > answer.body.count)
    }
  }

  @Test func `a form beyond its bound is refused`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let long = String(repeating: "a", count: 70_000)
      try await peer.post("/api/v1/query", form: "query=\(long)").expect(status: 413)
      try await peer.post("/api/v1/query", form: "query=%").expect(status: 400)
      try await peer.get("/api/v1/query?query=\(long.prefix(9000))").expect(status: 414)
    }
  }

  @Test func `hostile queries get an answer and leave the server well`() async throws {
    let deep = String(repeating: "(", count: 60_000)
    let chain = "1" + String(repeating: "%2B1", count: 16_000)
    let minus = String(repeating: "-", count: 60_000) + "1"
    let pattern = "up%7Ba=~%22" + String(repeating: "a", count: 5000) + "%22%7D"
    let calls = String(repeating: "abs(", count: 15_000) + "up" + String(repeating: ")", count: 3)
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for query in [
        deep, chain, minus, pattern, calls, "%22%5Cx%22", "up%7Ba=~%22(%22%7D", "%F0%9F%98%80",
        "up%5B99999999999y%5D", "up+offset+99999999999y", "up+@+1e300", "1e400", "topk(1e300,up)",
        "up%5B1y%5D+@+-9e300", "label_replace(up,%22a%22,%22$1%22,%22b%22,%22(%22)",
      ] {
        for path in ["query", "parse_query", "format_query"] {
          let answer = try await peer.post("/api/v1/\(path)", form: "query=\(query)")
          #expect([200, 400, 422].contains(answer.status), "\(path) \(query.prefix(40))")
        }
        let range = try await peer.post(
          "/api/v1/query_range",
          form: "query=\(query)&start=-1e300&end=1e300&step=9e300")
        #expect([200, 400, 422].contains(range.status), "\(query.prefix(40))")
      }
      try await peer.get("/api/v1/query?query=1").expect(status: 200)
    }
  }

  @Test func `an answer beyond its bound is an error, and one within it comes whole`() async throws
  {
    var memory = MemorySource()
    for number in 0..<3000 {
      memory.append(
        MemorySource.series(["__name__": "many", "n": "\(number)", "team": "data"]),
        time: FakeSamples.now.milliseconds, value: Double(number) / 7)
    }
    try await serving(FakeAgent(), queries: FakeSamples(memory)) { peer in
      let answer = try await peer.get("/api/v1/query?query=many")
      #expect(answer.status == 200)
      let result = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
      let data = result?["data"] as? [String: Any]
      #expect((data?["result"] as? [Any])?.count == 3000)
      let range = try await peer.get(
        "/api/v1/query_range?query=many&start=1435781451.781&end=1435781551&step=1")
      #expect(range.status == 200)
      #expect(range.body.count > 6_000_000)
    }
    try await serving(FakeAgent(), queries: FakeSamples(memory), { $0.bounds.resultBytes = 50_000 })
    { peer in
      for path in ["query?query=many", "series?match[]=many", "label/n/values?match[]=many"] {
        let answer = try await peer.get("/api/v1/\(path)")
        let isSmall = path.hasPrefix("label")
        #expect(answer.status == (isSmall ? 200 : 422), "\(path)")
        if !isSmall { #expect(answer.text.contains("larger than 50000 bytes")) }
      }
    }
  }

  @Test func `too many queries at once are refused, and the others are answered`() async throws {
    let gate = Gate()
    let samples = FakeSamples { gate.wait() }
    try await serving(
      FakeAgent(), queries: samples,
      {
        $0.bounds.queries.threads = 1
        $0.bounds.queries.waiting = 2
      }
    ) { peer in
      await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask { try await peer.get("/api/v1/query?query=1").status }
        await gate.entered(1)  // the thread is taken
        for _ in 0..<8 {
          group.addTask { try await peer.get("/api/v1/query?query=1").status }
        }
        var statuses: [Int] = []
        while statuses.count < 6, let status = try? await group.next() { statuses.append(status) }
        #expect(statuses == Array(repeating: 503, count: 6))
        gate.open()
        while let status = try? await group.next() { statuses.append(status) }
        #expect(statuses.suffix(3) == [200, 200, 200])
      }
      let refused = try await peer.get("/api/v1/query?query=1")
      #expect(refused.status == 200)
    }
  }

  @Test func `a query that takes too long ends with a timeout`() async throws {
    var memory = MemorySource()
    for number in 0..<2000 {
      memory.append(
        MemorySource.series(["__name__": "many", "n": "\(number)"]),
        time: FakeSamples.now.milliseconds, value: 1)
    }
    try await serving(
      FakeAgent(), queries: FakeSamples(memory), { $0.bounds.queryTimeout = .milliseconds(400) }
    ) { peer in
      let query = "sum(count_over_time(many[5m:1s]))&start=1435781400&end=1435792300&step=1"
      let answer = try await peer.post("/api/v1/query_range", form: "query=\(query)")
      #expect(answer.status == 503)
      #expect(answer.text.contains(#""errorType":"timeout""#))
      #expect(answer.text.contains("query timed out in "))
    }
  }

  @Test func `the end of the server ends queries that wait`() async throws {
    let threads = QueryThreads(QueryThreads.Bounds())
    #expect(try await threads.run(within: .seconds(60)) { _, _ in 1 } == 1)
    threads.end()
    await #expect(throws: Problem.self) {
      try await threads.run(within: .seconds(60)) { _, _ in 1 }
    }
    #expect(threads.refused == 1)
  }

  @Test func `a query whose client is gone is canceled`() async throws {
    let threads = QueryThreads(QueryThreads.Bounds())
    let gate = Gate()
    let task = Task {
      try await threads.run(within: .seconds(60)) { clock, _ throws(Problem) in
        gate.wait()
        try clock.check(during: "expression evaluation")
        return 1
      }
    }
    await gate.entered(1)
    task.cancel()
    gate.open()
    let result = await task.result
    #expect(throws: Problem.self) { try result.get() }
    threads.end()
  }
}

/// Holds threads up until it is opened.
final class Gate: Sendable {
  private let condition = NSCondition()
  private let state = Mutex((entered: 0, isOpen: false))

  func wait() {
    condition.lock()
    state.withLock { $0.entered += 1 }
    while !state.withLock({ $0.isOpen }) { condition.wait() }
    condition.unlock()
  }

  func entered(_ count: Int) async {
    while state.withLock({ $0.entered }) < count { await Task.yield() }
  }

  func open() {
    condition.lock()
    state.withLock { $0.isOpen = true }
    condition.broadcast()
    condition.unlock()
  }
}
