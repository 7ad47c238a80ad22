import CurlTransport
import MCPWire
import Testing

/// One row: what libcurl knows, and what is made of it.
struct FailureRow: Sendable, CustomTestStringConvertible {
  var name: String
  var facts: TransferFacts
  var outcome: ProbeOutcome
  var stage: ProbeStage?
  var words: String

  init(
    _ name: String, _ code: UInt32, _ outcome: ProbeOutcome, _ stage: ProbeStage? = nil,
    words: String = "", _ change: (inout TransferFacts) -> Void = { _ in }
  ) {
    self.name = name
    facts = TransferFacts(code: code)
    facts.host = "mcp.example"
    facts.endpoint = "mcp.example:443"
    change(&facts)
    self.outcome = outcome
    self.stage = stage
    self.words = words
  }

  var testDescription: String { name }
}

extension TransferFacts {
  fileprivate mutating func connected() {
    nameLookup = 1
    localPort = 40_000
    connects = 1
  }
}

@Suite struct FailureTableTests {
  static let network: [FailureRow] = [
    .init("unknown name", 6, .dnsError, .resolve, words: "mcp.example"),
    .init("silent resolver", 28, .dnsTimeout, .resolve),
    .init("refused", 7, .connectRefused, .connect, words: "connect to mcp.example:443 refused") {
      $0.systemError = 111
    },
    .init("no route", 7, .connectUnreachable, .connect, words: "no route") { $0.systemError = 113 },
    .init("no network", 7, .connectUnreachable, .connect) { $0.systemError = 101 },
    .init("other errno", 7, .connectUnreachable, .connect, words: "5") { $0.systemError = 5 },
    .init("kernel's timeout", 7, .connectTimeout, .connect) { $0.systemError = 110 },
    .init("silent host", 28, .connectTimeout, .connect) { $0.nameLookup = 1 },
    .init("silent in the handshake", 28, .tlsTimeout, .tls) {
      $0.connected()
      $0.isHTTPS = true
    },
    .init("silent after the handshake", 28, .timeout) {
      $0.connected()
      $0.isHTTPS = true
      $0.appConnect = 2
    },
    .init("silent on a kept TLS connection", 28, .timeout) {
      $0.connected()
      $0.connects = 0
      $0.isHTTPS = true
    },
    .init("half a head", 28, .timeout, words: "headers") {
      $0.connected()
      $0.startTransfer = 3
    },
    .init("half a body", 28, .timeoutBody) {
      $0.connected()
      $0.startTransfer = 3
      $0.hasHead = true
    },
    .init("closed without a byte", 52, .connectionClosed) { $0.connected() },
    .init("send failed", 55, .connectionClosed) { $0.connected() },
    .init("reset", 56, .connectionClosed) { $0.connected() },
    .init("HTTP/2 stream", 92, .connectionClosed) { $0.connected() },
    .init("HTTP/2 framing", 16, .connectionClosed) { $0.connected() },
    .init("a broken chunk", 56, .httpProtocolError, words: "chunked") {
      $0.connected()
      $0.hasHead = true
      $0.errorText = "Malformed encoding found in chunked-encoding"
    },
    .init("what the HTTP/2 library refuses", 56, .httpProtocolError, words: "Flooding") {
      $0.connected()
      $0.errorText = "nghttp2_session_mem_recv() returned -904:Flooding was detected"
    },
    .init("two lengths", 23, .httpProtocolError, words: "Content-Length") {
      $0.connected()
      $0.refusal = .twoLengths
    },
    .init("short body", 18, .truncated) { $0.connected() },
    .init("reset in the body", 56, .truncated) {
      $0.connected()
      $0.hasHead = true
    },
    .init("HTTP/0.9", 1, .httpProtocolError) { $0.connected() },
    .init("weird reply", 8, .httpProtocolError) { $0.connected() },
    .init("bad transfer encoding", 61, .httpProtocolError) { $0.connected() },
    .init("header line too long for libcurl", 27, .httpProtocolError) { $0.connected() },
    .init("headers over our bound", 23, .httpProtocolError, words: "64 KiB") {
      $0.refusal = .headers(limit: 65536)
    },
    .init("body over its bound", 23, .responseTooLarge, words: "1000 bytes") {
      $0.refusal = .body(limit: 1000)
    },
  ]

  static let tls: [FailureRow] = [
    .init("unknown authority", 60, .tlsUntrusted, .tls) { $0.verifyResult = 20 },
    .init("self-signed", 60, .tlsUntrusted, .tls) { $0.verifyResult = 18 },
    .init("expired", 60, .tlsExpired, .tls) { $0.verifyResult = 10 },
    .init("not yet valid", 60, .tlsExpired, .tls) { $0.verifyResult = 9 },
    .init("name, by OpenSSL", 60, .tlsHostMismatch, .tls) { $0.verifyResult = 62 },
    .init("address, by OpenSSL", 60, .tlsHostMismatch, .tls) { $0.verifyResult = 64 },
    .init("name, by libcurl", 60, .tlsHostMismatch, .tls) {
      $0.verifyResult = 1
      $0.errorText =
        "SSL: no alternative certificate subject name matches target host name 'mcp.example'"
    },
    .init("wrong version", 35, .tlsHandshake, .tls),
    .init("cipher", 59, .tlsHandshake, .tls),
    .init("engine", 66, .tlsHandshake, .tls),
    .init("issuer", 83, .tlsHandshake, .tls),
    .init("status", 91, .tlsHandshake, .tls),
    .init("certificate required, TLS 1.3", 56, .tlsClientCert, .tls) {
      $0.connected()
      $0.errorText = "OpenSSL SSL_read: error:0A00045C:tlsv13 alert certificate required, errno 0"
    },
    .init("our certificate refused", 35, .tlsClientCert, .tls) {
      $0.errorText = "error:0A000412:SSL routines::sslv3 alert bad certificate"
    },
    .init("certificate required, by code", 98, .tlsClientCert, .tls),
  ]

  static let ours: [FailureRow] = [
    .init("malformed URL", 3, .configError),
    .init("scheme not spoken", 1, .configError),
    .init("CA file", 77, .configError, .tls),
    .init("client certificate file", 58, .configError, .tls),
    .init("no handle", 2, .internalError),
    .init("no memory", 27, .internalError),
    .init("callback", 42, .internalError),
    .init("write error without a reason", 23, .internalError),
    .init("code of a later libcurl", 999, .internalError, words: "999"),
    .init("descriptors used up", 7, .internalError, .connect) { $0.systemError = 24 },
    .init("descriptors used up, for a resolver", 6, .internalError, .resolve) {
      $0.systemError = 24
    },
    .init("ports used up", 7, .internalError, .connect) { $0.systemError = 99 },
    .init("proxy's name", 5, .proxyError),
    .init("SOCKS", 97, .proxyError),
    .init("proxy refuses", 7, .proxyError) {
      $0.proxy = .http
      $0.systemError = 111
    },
    .init("silent proxy", 28, .proxyError) { $0.proxy = .socks },
    .init("CONNECT refused", 56, .proxyError, words: "502") {
      $0.proxy = .http
      $0.isHTTPS = true
      $0.connectStatus = 502
      $0.connected()
    },
    .init("behind the proxy", 35, .tlsHandshake, .tls) {
      $0.proxy = .http
      $0.isHTTPS = true
      $0.connectStatus = 200
      $0.connected()
    },
    .init("silent behind a SOCKS proxy", 28, .timeout) {
      $0.proxy = .socks
      $0.connected()
    },
  ]

  @Test(arguments: network + tls + ours) func outcomeOf(row: FailureRow) {
    let failure = row.facts.failure
    #expect(failure.outcome == row.outcome)
    #expect(failure.stage == row.stage)
    #expect(failure.detail.contains(row.words))
    #expect(!failure.detail.isEmpty)
  }

  @Test func aDetailIsOneShortLine() {
    var facts = TransferFacts(code: 35)
    facts.errorText = "a\u{1b}[31m\r\nb" + String(repeating: "x", count: 1000)
    let detail = facts.failure.detail
    #expect(detail.unicodeScalars.count <= 200)
    #expect(detail.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }
}
