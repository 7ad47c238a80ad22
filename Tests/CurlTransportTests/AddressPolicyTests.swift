import Agent
import CurlTransport
import MCPWire
import Notifications
import Signals
import Synchronization
import TestSupport
import Testing

/// `address_policy` at the socket, whatever way leads there (T12 to T16).
@Suite struct AddressPolicyTests {
  private func gate(deny: [String] = [], allow: [String] = []) throws -> AddressGate {
    var policy = AddressPolicy()
    policy.deny = try deny.map { try IPNetwork($0) }
    policy.allow = try allow.map { try IPNetwork($0) }
    return AddressGate(policy)
  }

  private func probe(
    _ url: String, by gate: AddressGate, timeout: Duration = .seconds(60),
    change: (inout ProbeTarget) -> Void = { _ in }
  ) async throws -> ProbeResult {
    let probing = try Probing { $0.gate = gate }
    defer { probing.prober.stop() }
    probing.prober.start([try order(url, timeout: timeout, change: change)])
    return try #require(try await probing.reports(count: 1).first).result
  }

  /// Ways to write an address of this machine, and what it is found to be: empty when that depends
  /// on the machine, `nil` when libcurl knows no address in it, and so makes no connection either.
  static let loopback: [(host: String, address: String?)] = [
    ("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("127.255.255.254", "127.255.255.254"),
    ("127.1", "127.0.0.1"), ("127.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"), ("0X7F000001", "127.0.0.1"), ("017700000001", "127.0.0.1"),
    ("0x7f.0.0.1", "127.0.0.1"), ("0x7f.1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"),
    ("0177.1", "127.0.0.1"), ("0x7f.0x0.0x0.0x1", "127.0.0.1"), ("127.0x1", "127.0.0.1"),
    ("127.0.0.01", "127.0.0.1"), ("00177.0.0.1", "127.0.0.1"), ("127.65535", "127.0.255.255"),
    ("127.0.0.1.", nil), ("[::1]", "::1"), ("[0:0:0:0:0:0:0:1]", "::1"), ("[0::1]", "::1"),
    ("[::0001]", "::1"), ("[::ffff:127.0.0.1]", "127.0.0.1"), ("[::ffff:7f00:1]", "127.0.0.1"),
    ("[0:0:0:0:0:ffff:127.0.0.1]", "127.0.0.1"), ("[::FFFF:7F00:0001]", "127.0.0.1"),
    ("[64:ff9b::127.0.0.1]", "64:ff9b::7f00:1"), ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
    ("[2002:7f00:1::]", "2002:7f00:1::"), ("[::127.0.0.1]", "::7f00:1"),
    ("127.0.0.1%00.example", nil), ("127%2e0%2e0%2e1", "127.0.0.1"),
    ("%31%32%37.0.0.1", "127.0.0.1"),
    ("localhost", ""), ("LOCALHOST", ""), ("user@127.0.0.1", "127.0.0.1"),
  ]

  static let metadata: [(host: String, address: String?)] = [
    ("169.254.169.254", "169.254.169.254"), ("2852039166", "169.254.169.254"),
    ("0xa9fea9fe", "169.254.169.254"), ("025177524776", "169.254.169.254"),
    ("0xa9.0xfe.0xa9.0xfe", "169.254.169.254"), ("0251.0376.0251.0376", "169.254.169.254"),
    ("169.254.43518", "169.254.169.254"), ("169.16689662", "169.254.169.254"),
    ("169.254.0xa9fe", "169.254.169.254"), ("0xa9.254.0251.254", "169.254.169.254"),
    ("[::ffff:169.254.169.254]", "169.254.169.254"), ("[::ffff:a9fe:a9fe]", "169.254.169.254"),
    ("[::ffff:0:169.254.169.254]", nil), ("[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
    ("[2002:a9fe:a9fe::1]", "2002:a9fe:a9fe::1"), ("[::a9fe:a9fe]", "::a9fe:a9fe"),
    ("[fe80::1]", "fe80::1"), ("[fe80::1%25lo]", "fe80::1"), ("[febf:ffff::1]", "febf:ffff::1"),
    ("[ff02::1]", "ff02::1"), ("224.0.0.1", "224.0.0.1"), ("255.255.255.255", "255.255.255.255"),
    ("0.0.0.0", "0.0.0.0"), ("0", "0.0.0.0"), ("0x0", "0.0.0.0"), ("[::]", "::"),
    ("0.1.2.3", "0.1.2.3"),
  ]

  @Test func thereAreSixtySpellings() {
    #expect(Self.loopback.count + Self.metadata.count >= 60)
  }

  @Test(arguments: loopback)
  func noSpellingOfThisMachineGetsThrough(host: String, address: String?) async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let gate = try gate(deny: ["127.0.0.0/8", "::1"])
    let result = try await probe("http://\(host):\(server.port)/mcp", by: gate)
    #expect(server.accepted == 0)
    check(result, address)
  }

  /// None of them can be reached here, so a connection tried would show as another outcome.
  @Test(arguments: metadata)
  func noSpellingOfWhatIsAlwaysDeniedGetsThrough(host: String, address: String?) async throws {
    let result = try await probe("http://\(host):1/latest", by: AddressGate(), timeout: .seconds(5))
    check(result, address)
  }

  private func check(_ result: ProbeResult, _ address: String?) {
    guard let address else { return #expect(result.outcome != .ok, "\(result.detail)") }
    #expect(result.outcome == .configError, "\(result.detail)")
    #expect(result.outcome.verdict == .hold)
    #expect(result.stage == .connect)
    #expect(result.detail.contains("address \(address)"), "\(result.detail)")
    #expect(result.detail.hasSuffix("is denied by address_policy"), "\(result.detail)")
  }

  @Test func whatIsAllowedGetsThrough() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let gate = try gate(deny: ["127.0.0.0/8"], allow: ["127.0.0.1"])
    #expect(try await probe(server.url, by: gate).outcome == .ok)
    let zero = try self.gate(allow: ["0.0.0.0"])
    #expect(try await probe("http://0:\(server.port)/mcp", by: zero).outcome == .ok)
  }

  @Test func aNameGoesOnToItsNextAddress() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    // localhost may have both; where it has only one, this shows no less than the other tests.
    let gate = try gate(deny: ["::1"])
    let result = try await probe("http://localhost:\(server.port)/mcp", by: gate)
    #expect(result.outcome == .ok, "\(result.detail)")
  }

  @Test func aConnectionElsewhereIsJudgedByWhereItGoes() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let gate = try gate(deny: ["127.0.0.0/8"])
    let elsewhere = try await probe("http://mcp.example/mcp", by: gate) {
      $0.http.connectTo = "::127.0.0.1:\(server.port)"
    }
    #expect(elsewhere.outcome == .configError)
    for scheme in ["http", "https", "socks5", "socks5h"] {
      let proxied = try await probe("http://192.0.2.1/mcp", by: gate) {
        $0.http.proxyURL = Secret("\(scheme)://user:hunter2@127.0.0.1:\(server.port)")
      }
      #expect(proxied.outcome == .configError, "\(scheme): \(proxied.detail)")
      #expect(
        proxied.detail.hasSuffix(
          "address 127.0.0.1 of the proxy is denied by address_policy"), "\(proxied.detail)")
    }
    #expect(server.accepted == 0)
  }

  /// The redirect keeps to the origin, and the origin is denied by the time it is followed.
  @Test func aRedirectIsJudgedAgain() async throws {
    let gate = AddressGate()
    let denying = try self.gate(deny: ["127.0.0.0/8"]).policy
    let server = LoopbackServer { peer in
      while peer.readRequest() != nil {
        gate.policy = denying
        peer.send(response("307 Temporary Redirect", headers: ["Location: /other"], body: ""))
      }
    }
    defer { server.stop() }
    let result = try await probe(server.url, by: gate)
    #expect(result.outcome == .configError, "\(result.detail)")
    #expect(server.accepted == 1)
  }

  @Test func aChangedPolicyCountsForKeptConnectionsToo() async throws {
    let requests = Mutex(0)
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        requests.withLock { $0 += 1 }
        peer.send(response(headers: [json], body: discovery(id: request.id)))
      }
    }
    defer { server.stop() }
    let gate = AddressGate()
    let probing = try Probing { $0.gate = gate }
    defer { probing.prober.stop() }
    var outcomes: [ProbeOutcome] = []
    for policy in [[], [], ["127.0.0.0/8"], ["127.0.0.0/8"], ["10.0.0.0/8"], ["10.0.0.0/8"]] {
      gate.policy = try self.gate(deny: policy).policy
      probing.prober.start([try order(server.url)])
      outcomes.append(
        try #require(try await probing.reports(count: outcomes.count + 1).last).result.outcome)
    }
    #expect(outcomes == [.ok, .ok, .configError, .configError, .ok, .ok])
    #expect(requests.withLock { $0 } == 4)
    #expect(server.accepted == 2)
  }

  @Test func aWebhookIsJudgedToo() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let gate = try gate(deny: ["127.0.0.0/8"])
    let delivering = try Delivering { $0.gate = gate }
    defer { delivering.deliverer.stop() }
    delivering.deliverer.start([delivery("http://2130706433:\(server.port)/hook?hunter2")])
    let report = try #require(try await delivering.reports(count: 1).first)
    #expect(
      report.result
        == .failed(
          .local, detail: "address 127.0.0.1 of 127.0.0.1 is denied by address_policy",
          mayHaveArrived: false))
    #expect(server.accepted == 0)
  }
}
