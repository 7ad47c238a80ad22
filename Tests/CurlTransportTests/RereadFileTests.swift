import Agent
import CurlTransport
import Foundation
import MCPWire
import Notifications
import Signals
import Synchronization
import TestSupport
import Testing

/// Files that settings name count as they stand when a request is made.
@Suite struct RereadFileTests {
  private final class Files: Sendable {
    let directory: URL

    init() throws {
      directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// As one should: a new file under the old name.
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }
  }

  private final class Seen: Sendable {
    let headers = Mutex<[[String: String]]>([])
    var last: [String: String] { headers.withLock { $0.last ?? [:] } }
  }

  private func server(_ seen: Seen) -> LoopbackServer {
    LoopbackServer { peer in
      while let request = peer.readRequest() {
        seen.headers.withLock { $0.append(request.headers) }
        peer.send(response(headers: [json], body: discovery(id: request.id)))
      }
    }
  }

  /// Probes until the result is as expected: a file is looked at once a second.
  private func probe(
    _ probing: Probing, _ order: ProbeOrder, until what: String, _ isThere: (ProbeResult) -> Bool
  ) async throws {
    try await TestSupport.until(what) {
      let count = probing.reports.count
      probing.prober.start([order])
      return isThere(try await probing.reports(count: count + 1)[count].result)
    }
  }

  @Test func aTokenThatRotatesCountsForTheNextProbe() async throws {
    let (files, seen) = (try Files(), Seen())
    let server = server(seen)
    let probing = try Probing()
    defer {
      server.stop()
      probing.prober.stop()
    }
    try files.write("token", "first\n")
    try files.write("user", "u")
    try files.write("password", "p")
    let order = try order(server.url) { target in
      target.http.headers = [
        .init(
          name: "Authorization", value: Secret("Token as-loaded"), isCredential: true,
          source: .file(files.path("token"), prefix: "Token ")),
        .init(
          name: "X-Login", value: Secret("as-loaded"), isCredential: true,
          source: .login(
            username: StoredSecret(Secret(""), file: files.path("user")),
            password: StoredSecret(Secret(""), file: files.path("password")))),
        .init(
          name: "X-Key", value: Secret("as-loaded"), isCredential: true,
          source: .file(files.path("token"), prefix: "")),
      ]
    }
    try await probe(probing, order, until: "a probe") { $0.outcome == .ok }
    #expect(seen.last["authorization"] == "Token first")
    #expect(seen.last["x-login"] == "Basic " + Base64.encode("u:p".utf8))
    #expect(seen.last["x-key"] == "first")
    try files.write("token", "second")
    try files.write("password", "q")
    try await probe(probing, order, until: "the new token") { _ in
      seen.last["authorization"] == "Token second"
        && seen.last["x-login"] == "Basic " + Base64.encode("u:q".utf8)
    }
    #expect(seen.last["x-key"] == "second")
  }

  @Test func aFileThatCannotBeUsedIsNamedAndNeverShown() async throws {
    let (files, seen) = (try Files(), Seen())
    let server = server(seen)
    let probing = try Probing()
    defer {
      server.stop()
      probing.prober.stop()
    }
    try files.write("token", "hunter2")
    let path = files.path("token")
    let order = try order(server.url) { target in
      target.http.headers = [
        .init(
          name: "X-Key", value: Secret("hunter2"), isCredential: true,
          source: .file(path, prefix: ""))
      ]
    }
    try await probe(probing, order, until: "a probe") { $0.outcome == .ok }
    for (content, reason) in [
      ("hunter2\nhunter2", "has a control character or more than one line"), ("\n", "is empty"),
      (String(repeating: "hunter2", count: 10_000), "larger than 64 KiB"),
      (nil, "cannot be read: no such file"),
    ] {
      if let content {
        try files.write("token", content)
      } else {
        try FileManager.default.removeItem(atPath: path)
      }
      let expected = "server/discover: \"\(path)\" \(reason)"
      try await probe(probing, order, until: reason) { result in
        #expect(!result.detail.contains("hunter2"))
        return result.outcome == .configError && result.detail == expected
      }
    }
    try files.write("token", "back")
    try await probe(probing, order, until: "the file again") { $0.outcome == .ok }
    #expect(seen.last["x-key"] == "back")
  }

  @Test func aCertificateThatRotatesGetsANewConnection() async throws {
    let files = try Files()
    let server = try await TLSServer(names: "IP:127.0.0.1", demandsClientCertificate: true)
    let other = try await TLSServer(names: "IP:127.0.0.1")
    let probing = try Probing()
    defer {
      server.stop()
      other.stop()
      probing.prober.stop()
    }
    func install(_ from: TLSServer) throws {
      try files.write("cert", try String(contentsOfFile: from.certificate, encoding: .utf8))
      try files.write("key", try String(contentsOfFile: from.key, encoding: .utf8))
    }
    try install(server)
    let order = try order(server.url) { target in
      target.http.tls.caFile = server.certificate
      target.http.tls.certFile = files.path("cert")
      target.http.tls.keyFile = files.path("key")
    }
    try await probe(probing, order, until: "a probe") { $0.outcome == .ok }
    // A kept connection would go on to answer: the server has seen the old certificate on it.
    try install(other)
    try await probe(probing, order, until: "the refusal") { $0.outcome == .tlsClientCert }
    try install(server)
    try await probe(probing, order, until: "the old one") { $0.outcome == .ok }
  }

  @Test func anAuthorityThatRotatesIsNotTrustedAnyMore() async throws {
    let files = try Files()
    let server = try await TLSServer(names: "IP:127.0.0.1")
    let other = try await TLSServer(names: "IP:127.0.0.1")
    let probing = try Probing()
    defer {
      server.stop()
      other.stop()
      probing.prober.stop()
    }
    try files.write("ca", try String(contentsOfFile: server.certificate, encoding: .utf8))
    let order = try order(server.url) { $0.http.tls.caFile = files.path("ca") }
    try await probe(probing, order, until: "a probe") { $0.outcome == .ok }
    try files.write("ca", try String(contentsOfFile: other.certificate, encoding: .utf8))
    try await probe(probing, order, until: "no trust") { $0.outcome == .tlsUntrusted }
    try files.write("ca", "hunter2")
    try await probe(probing, order, until: "no certificate") {
      $0.outcome == .configError && $0.detail.hasSuffix("is not PEM")
    }
  }

  @Test func certificatesMayStandInTheSettings() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1", demandsClientCertificate: true)
    defer { server.stop() }
    let certificate = try String(contentsOfFile: server.certificate, encoding: .utf8)
    let key = try String(contentsOfFile: server.key, encoding: .utf8)
    let result = try await CurlTransportTests.probe(server.url) { target in
      target.http.tls.ca = Secret(certificate)
      target.http.tls.cert = Secret(certificate)
      target.http.tls.key = Secret(key)
    }
    #expect(result.outcome == .ok, "\(result.detail)")
  }

  @Test func aVersionOfTLSMayBeTheLast() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1")
    defer { server.stop() }
    let result = try await CurlTransportTests.probe(server.url) { target in
      target.http.tls.insecureSkipVerify = true
      target.http.tls.minVersion = .tls13
      target.http.tls.maxVersion = .tls12
    }
    #expect(result.outcome != .ok)
    let fine = try await CurlTransportTests.probe(server.url) { target in
      target.http.tls.insecureSkipVerify = true
      target.http.tls.maxVersion = .tls12
    }
    #expect(fine.outcome == .ok)
  }

  @Test func aWebhooksFilesAreReadAgainToo() async throws {
    let (files, seen) = (try Files(), Seen())
    let server = server(seen)
    let delivering = try Delivering()
    defer {
      server.stop()
      delivering.deliverer.stop()
    }
    func deliver() async throws -> DeliveryResult {
      let count = delivering.reports.count
      delivering.deliverer.start([
        delivery(server.url) { webhook in
          webhook.http.headers = [
            .init(
              name: "Authorization", value: Secret("Bearer as-loaded"), isCredential: true,
              source: .file(files.path("token"), prefix: "Bearer "))
          ]
        }
      ])
      return try await delivering.reports(count: count + 1)[count].result
    }
    try files.write("token", "first")
    _ = try await deliver()
    #expect(seen.last["authorization"] == "Bearer first")
    try files.write("token", "second")
    try await until("the new token") {
      _ = try await deliver()
      return seen.last["authorization"] == "Bearer second"
    }
    try FileManager.default.removeItem(atPath: files.path("token"))
    try await until("the failure") {
      try await deliver()
        == .failed(
          .local, detail: "\"\(files.path("token"))\" cannot be read: no such file",
          mayHaveArrived: false)
    }
  }
}
