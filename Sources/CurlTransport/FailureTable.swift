package import MCPWire
import Signals

// The one table from libcurl's codes to outcomes. The numbers are libcurl's CURLcodes, errno values
// of Linux and OpenSSL's X509_V_ERR values: all three are fixed by their ABI.

extension TransferFacts {
  /// The outcome, the stage and, for a person, what happened where.
  package var failure: TransferFailure {
    if let refusal { return refused(refusal) }
    if let denied, code == 7 || code == 42 { return refused(address: denied) }
    if let failure = proxyFailure { return failure }
    switch code {
    case 28: return timedOut
    case 6 where systemError != 0:
      return .init(.internalError, "resolving \(host): \(systemErrorText)", .resolve)
    case 6: return .init(.dnsError, "cannot resolve \(host)", .resolve)
    case 7: return notConnected
    case 60: return certificateRefused
    case 35, 59, 66, 80, 83, 90, 91:
      return isClientCertificateAlert
        ? clientCertificateDemanded
        : .init(.tlsHandshake, "TLS handshake with \(endpoint): \(words)", .tls)
    case 98: return clientCertificateDemanded
    case 56 where isBrokenFraming:
      return .init(.httpProtocolError, "\(endpoint) does not speak HTTP: \(words)")
    case 16, 52, 55, 56, 92: return connectionLost
    case 18: return .init(.truncated, "\(endpoint) ended its response too early: \(words)")
    case 1 where wasReached, 8, 43, 61, 95, 100:
      return .init(.httpProtocolError, "\(endpoint) does not speak HTTP: \(words)")
    // Header lines beyond libcurl's own bound end as "out of memory".
    case 27 where wasReached && !hasHead:
      return .init(.httpProtocolError, "\(endpoint): response headers too long")
    default: return ours
    }
  }

  private func refused(_ refusal: Refusal) -> TransferFailure {
    switch refusal {
    case .headers(let limit):
      .init(.httpProtocolError, "\(endpoint): response headers over \(limit / 1024) KiB")
    case .body(let limit):
      .init(.responseTooLarge, "\(endpoint): response body over \(limit) bytes")
    case .twoLengths:
      .init(.httpProtocolError, "\(endpoint): two Content-Length headers that differ")
    }
  }

  private func refused(address: String) -> TransferFailure {
    let owner = proxy == .none ? host : "the proxy"
    return .init(
      .configError, "address \(address) of \(owner) is denied by address_policy", .connect)
  }

  /// Why the proxy did not let us through; `nil` when there is none or it is not to blame.
  private var proxyFailure: TransferFailure? {
    // libcurl's words on a proxy can hold its URL, and that a password: they are not repeated.
    switch code {
    case 5: return .init(.proxyError, "cannot resolve the proxy's name")
    case 97: return .init(.proxyError, "the proxy refused to connect to \(endpoint)")
    case _ where proxy == .none: return nil
    case 7: return .init(.proxyError, "cannot connect to the proxy")
    case _ where localPort == 0 && connects == 0 && code == 28:
      return .init(.proxyError, "the proxy does not answer")
    case _ where proxy == .http && isHTTPS && connectStatus != 0 && connectStatus / 100 != 2:
      return .init(.proxyError, "the proxy answered \(connectStatus) to CONNECT \(endpoint)")
    case _ where proxy == .http && isHTTPS && connectStatus == 0 && isNetworkCode:
      return .init(.proxyError, "the proxy gave no answer to CONNECT \(endpoint)")
    default: return nil
    }
  }

  private var timedOut: TransferFailure {
    let after = "after \(elapsed.briefly)"
    if nameLookup == 0 {
      return .init(.dnsTimeout, "resolving \(host): no answer \(after)", .resolve)
    }
    if localPort == 0 && connects == 0 {
      return .init(.connectTimeout, "connect to \(endpoint): no answer \(after)", .connect)
    }
    if isHTTPS && appConnect == 0 && connects > 0 {
      return .init(.tlsTimeout, "TLS handshake with \(endpoint): no answer \(after)", .tls)
    }
    if hasHead {
      return .init(.timeoutBody, "\(endpoint): response not complete \(after)")
    }
    return startTransfer == 0
      ? .init(.timeout, "\(endpoint): no response \(after)")
      : .init(.timeout, "\(endpoint): response headers not complete \(after)")
  }

  private var notConnected: TransferFailure {
    switch systemError {
    case 111: return .init(.connectRefused, "connect to \(endpoint) refused", .connect)
    case 110: return .init(.connectTimeout, "connect to \(endpoint): timed out", .connect)
    // Descriptors, buffers, memory or local ports are used up: that is us.
    case 12, 23, 24, 99, 105:
      return .init(.internalError, "connect to \(endpoint): \(systemErrorText)", .connect)
    default:
      return .init(.connectUnreachable, "connect to \(endpoint): \(systemErrorText)", .connect)
    }
  }

  private var systemErrorText: String {
    switch systemError {
    case 0: words
    case 12, 105: "out of memory"
    case 23, 24: "out of file descriptors"
    case 99: "no local port or address left"
    case 101: "network unreachable"
    case 104: "reset"
    case 113: "no route to host"
    default: "error \(systemError)"
    }
  }

  private var certificateRefused: TransferFailure {
    let detail = "certificate of \(endpoint): \(words)"
    switch verifyResult {
    case 9, 10: return .init(.tlsExpired, detail, .tls)
    case 62, 64: return .init(.tlsHostMismatch, detail, .tls)
    default:
      return errorText.contains("subject name") || errorText.contains("does not match")
        ? .init(.tlsHostMismatch, detail, .tls) : .init(.tlsUntrusted, detail, .tls)
    }
  }

  private var clientCertificateDemanded: TransferFailure {
    .init(.tlsClientCert, "\(endpoint) does not take our client certificate: \(words)", .tls)
  }

  private var connectionLost: TransferFailure {
    if isClientCertificateAlert { return clientCertificateDemanded }
    if hasHead {
      return .init(.truncated, "\(endpoint) closed the connection in the middle of its response")
    }
    let detail =
      code == 52
      ? "\(endpoint) closed the connection without a response"
      : "\(endpoint) closed the connection: \(words)"
    return .init(.connectionClosed, detail)
  }

  /// What says nothing about the server.
  private var ours: TransferFailure {
    switch code {
    case 1, 3, 4: .init(.configError, "cannot request this URL: \(words)")
    case 58: .init(.configError, "client certificate: \(words)", .tls)
    case 53, 54, 77, 82: .init(.configError, "TLS settings: \(words)", .tls)
    default: .init(.internalError, "libcurl error \(code): \(words)")
    }
  }

  /// libcurl reports a broken chunk, and what its HTTP/2 library refuses, as a failure to receive.
  private var isBrokenFraming: Bool {
    errorText.hasSuffix("in chunked-encoding") || errorText.contains("nghttp2_session_mem_recv()")
  }

  private var wasReached: Bool { localPort != 0 || connects != 0 }
  private var isNetworkCode: Bool { [28, 35, 52, 55, 56, 60].contains(code) }

  /// A TLS alert by which the server complains of our certificate, or of having none.
  private var isClientCertificateAlert: Bool {
    guard errorText.contains("alert") else { return false }
    let complaints = [
      "certificate required", "bad certificate", "unknown ca", "certificate expired",
      "certificate revoked", "certificate unknown", "unsupported certificate", "access denied",
    ]
    return complaints.contains { errorText.contains($0) }
  }

  /// libcurl's words without the part that the outcome says already.
  private var words: String {
    let known = ["SSL certificate problem: ", "SSL: "]
    guard let prefix = known.first(where: errorText.hasPrefix) else {
      return errorText.isEmpty ? "error \(code)" : errorText
    }
    return String(errorText.dropFirst(prefix.count))
  }
}

extension TransferFailure {
  fileprivate init(_ outcome: ProbeOutcome, _ detail: String, _ stage: ProbeStage? = nil) {
    self.init(outcome: outcome, detail: detail.asDetail, stage: stage)
  }
}

extension String {
  /// For a person: one line of at most 200 characters, control characters replaced.
  var asDetail: String {
    var clean = ""
    for character in unicodeScalars.prefix(200) {
      let isControl = character.value < 0x20 || (0x7f...0x9f).contains(character.value)
      clean.unicodeScalars.append(isControl ? " " : character)
    }
    return clean
  }
}

extension Duration {
  /// `850 ms`, `2.5 s`.
  var briefly: String {
    let milliseconds = wholeMilliseconds
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
