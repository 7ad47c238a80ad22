import Agent
import CurlTransport
import Foundation
import MCPWire
import Signals
import TestSupport
import Testing

/// Certificates of all kinds, made by openssl, served by Python's ssl.
@Suite struct TLSTests {
  @Test func aCertificateOfAKnownAuthorityIsTrusted() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let result = try await probe(server.url) { $0.http.tls.caFile = server.certificate }
    #expect(result.outcome == .ok, "\(result.detail)")
    #expect(result.times.tls > .zero)
    // Made for two days.
    let left = try #require(result.certificateExpiry).milliseconds / 1000
    #expect(abs(Double(left) - Date.now.timeIntervalSince1970 - 172_800) < 3600)
  }

  @Test func theEndOfACertificateIsToldThoughItIsNotAccepted() async throws {
    let expired = try await TLSServer(names: "IP:127.0.0.1", isExpired: true)
    defer { expired.stop() }
    let past = try await probe(expired.url) { $0.http.tls.caFile = expired.certificate }
    let end = try #require(past.certificateExpiry).milliseconds / 1000
    #expect(Double(end) < Date.now.timeIntervalSince1970)
    let unknown = try await TLSServer(names: "IP:127.0.0.1")
    defer { unknown.stop() }
    #expect(try await probe(unknown.url).certificateExpiry != nil)
  }

  @Test func aKeptConnectionShowsNoCertificateAnew() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    for count in 1...2 {
      probing.prober.start([try order(server.url) { $0.http.tls.caFile = server.certificate }])
      _ = try await probing.reports(count: count)
    }
    let seen = probing.reports.map { $0.result.certificateExpiry != nil }
    let isReused = probing.reports.last?.result.times.tls == .zero
    #expect(seen == [true, !isReused])
  }

  @Test func anUnknownAuthorityIsNotTrusted() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let result = try await probe(server.url)
    #expect(result.outcome == .tlsUntrusted)
    #expect(result.stage == .tls)
    #expect(try await probe(server.url) { $0.http.tls.insecureSkipVerify = true }.outcome == .ok)
  }

  @Test func anExpiredCertificateIsExpired() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1", isExpired: true)
    defer { server.stop() }
    let result = try await probe(server.url) { $0.http.tls.caFile = server.certificate }
    #expect(result.outcome == .tlsExpired)
  }

  @Test func aCertificateForAnotherHostIsAMismatch() async throws {
    let server = try await TLSServer(names: "DNS:mcp.example")
    defer { server.stop() }
    let result = try await probe(server.url) { $0.http.tls.caFile = server.certificate }
    #expect(result.outcome == .tlsHostMismatch)
  }

  @Test func aServerNameIsVerifiedInsteadOfTheHostAndTheHostHeaderStays() async throws {
    let server = try await TLSServer(names: "DNS:mcp.example")
    defer { server.stop() }
    // The server answers only requests whose Host header names itself.
    let result = try await probe(server.url) { target in
      target.http.tls.caFile = server.certificate
      target.http.tls.serverName = "mcp.example"
    }
    #expect(result.outcome == .ok, "\(result.detail)")
  }

  @Test func aServerThatDemandsAClientCertificateIsToldApart() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1", demandsClientCertificate: true)
    defer { server.stop() }
    let without = try await probe(server.url) { $0.http.tls.caFile = server.certificate }
    #expect(without.outcome == .tlsClientCert, "\(without.detail)")
    let with = try await probe(server.url) { target in
      target.http.tls.caFile = server.certificate
      target.http.tls.certFile = server.certificate
      target.http.tls.keyFile = server.key
    }
    #expect(with.outcome == .ok, "\(with.detail)")
  }

  @Test func filesThatAreNotThereAreOurFault() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let noAuthority = try await probe(server.url) { $0.http.tls.caFile = "/nonexistent/ca.pem" }
    #expect(noAuthority.outcome == .configError)
    let noCertificate = try await probe(server.url) { target in
      target.http.tls.caFile = server.certificate
      target.http.tls.certFile = "/nonexistent/cert.pem"
    }
    #expect(noCertificate.outcome == .configError)
  }

  @Test func aServerThatIsTooOldFailsTheHandshake() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1", maximum: "TLSv1_2")
    defer { server.stop() }
    let result = try await probe(server.url) { target in
      target.http.tls.caFile = server.certificate
      target.http.tls.minVersion = .tls13
    }
    #expect(result.outcome == .tlsHandshake)
  }

  @Test func aPlainServerFailsTheHandshake() async throws {
    let server = LoopbackServer { peer in
      peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      peer.waitForEnd()
    }
    defer { server.stop() }
    let result = try await probe("https://127.0.0.1:\(server.port)/mcp")
    #expect(result.outcome == .tlsHandshake)
    #expect(result.stage == .tls)
  }

  @Test func aServerThatIsSilentInTheHandshakeIsATLSTimeout() async throws {
    let server = LoopbackServer { $0.waitForEnd() }
    defer { server.stop() }
    let result = try await probe("https://127.0.0.1:\(server.port)/mcp", timeout: .seconds(3))
    #expect(result.outcome == .tlsTimeout)
    #expect(result.times.tls >= .seconds(1))
  }

  @Test func aTLSConnectionIsKept() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    for count in 1...3 {
      probing.prober.start([try order(server.url) { $0.http.tls.caFile = server.certificate }])
      _ = try await probing.reports(count: count)
    }
    #expect(probing.reports.map { $0.result.times.tls > .zero } == [true, false, false])
  }
}
