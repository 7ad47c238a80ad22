import FaultServers
import MCPWire
import TestSupport
import Testing

/// What a fault must come to: the matrix as a table.
struct FaultRow: Sendable, CustomTestStringConvertible {
  /// Bytes that the client and the kernels may take of a server that sends for ever.
  static let buffersMax = 16 << 20

  let id: String
  let outcome: ProbeOutcome
  let verdict: Verdict
  let stage: ProbeStage?
  var knows = Acquaintance.stateless
  var purpose = ProbePurpose.liveness
  /// The probe must end at this deadline, and not before.
  var deadline: Duration?
  var takes = FaultRow.buffersMax
  /// The next probe comes on another connection.
  var renews = false
  var warnings: [ProbeWarning] = []

  init(
    _ id: String, _ outcome: ProbeOutcome, _ verdict: Verdict, at stage: ProbeStage?,
    _ change: (inout FaultRow) -> Void = { _ in }
  ) {
    self.id = id
    self.outcome = outcome
    self.verdict = verdict
    self.stage = stage
    change(&self)
  }

  var testDescription: String { id }
}

extension FaultRow {
  static let all = slow + endless + malformed + secured + framed + talking

  private static let short = Duration.seconds(2)

  private static let slow: [FaultRow] = [
    FaultRow("T1", .connectRefused, .down, at: .connect),
    FaultRow("T2", .connectTimeout, .down, at: .connect) { $0.deadline = short },
    FaultRow("T3", .timeout, .down, at: .discover) { $0.deadline = short },
    FaultRow("T3-unaccepted", .timeout, .down, at: .discover) { $0.deadline = short },
    FaultRow("T4", .timeout, .down, at: .discover) { row in
      row.deadline = short
      row.takes = 64 << 10
    },
    FaultRow("T5", .timeoutBody, .down, at: .discover) { row in
      row.deadline = short
      row.takes = 64 << 10
    },
    FaultRow("T5-comments", .timeoutBody, .down, at: .discover) { $0.deadline = short },
    FaultRow("T6", .ok, .up, at: nil) { $0.renews = true },
    FaultRow("T6-quiet", .ok, .up, at: nil) { $0.renews = true },
    FaultRow("T6-slow", .ok, .up, at: nil) { $0.renews = true },
    // Each request of the probe is cut at its bound.
    FaultRow("T6-unanswered", .responseTooLarge, .neutral, at: .initialize) {
      $0.takes = 2 * buffersMax
    },
  ]

  private static let endless: [FaultRow] = [
    FaultRow("T7", .responseTooLarge, .neutral, at: .initialize) { $0.takes = 2 * buffersMax },
    // Nothing is unpacked that was not asked for: the bytes are not JSON.
    FaultRow("T8", .responseTooLarge, .neutral, at: .initialize) { $0.takes = 2 * buffersMax },
    FaultRow("T8-transfer", .responseTooLarge, .neutral, at: .initialize) {
      $0.takes = 2 * buffersMax
    },
    FaultRow("T8-nested", .responseTooLarge, .neutral, at: .initialize) {
      $0.takes = 2 * buffersMax
    },
    FaultRow("T9", .httpProtocolError, .down, at: .discover) { $0.renews = true },
    FaultRow("T9-long", .httpProtocolError, .down, at: .discover) { $0.renews = true },
    FaultRow("T9-cookies", .httpProtocolError, .down, at: .discover) { $0.renews = true },
  ]

  private static let malformed: [FaultRow] =
    [
      FaultRow("T10-short", .malformedJSON, .down, at: .initialize) { $0.renews = true },
      FaultRow("T10-long", .truncated, .down, at: .discover) { $0.renews = true },
      FaultRow("T10-waiting", .timeoutBody, .down, at: .discover) { row in
        row.deadline = short
        row.renews = true
      },
      FaultRow("T10-negative", .httpProtocolError, .down, at: .discover) { $0.renews = true },
      // Such a length says nothing: the body ends with the connection.
      FaultRow("T10-huge", .timeoutBody, .down, at: .discover) { row in
        row.deadline = short
        row.renews = true
      },
      FaultRow("T10-two", .httpProtocolError, .down, at: .discover) { $0.renews = true },
      FaultRow("T11-cut", .truncated, .down, at: .discover) { $0.renews = true },
    ]
    + ["T11-size", "T11-overflow", "T11-end", "T11-trailers"].map {
      FaultRow($0, .httpProtocolError, .down, at: .discover) { $0.renews = true }
    }
    + ["T12-file", "T12-gopher", "T12-scp", "T12-ldap", "T12-found"].map {
      FaultRow($0, .redirectBlocked, .neutral, at: .discover)
    }
    + ["T14", "T14-backslash", "T14-userinfo", "T14-port"].map {
      FaultRow($0, .redirectBlocked, .neutral, at: .discover)
    }
    + ["T13", "T13-hops"].map {
      FaultRow($0, .redirectBlocked, .neutral, at: .discover) { $0.warnings = [.redirected] }
    } + [FaultRow("T13-one", .ok, .up, at: nil) { $0.warnings = [.redirected] }]

  private static let secured: [FaultRow] =
    [
      FaultRow("T19", .ok, .up, at: nil),
      FaultRow("T19-expired", .tlsExpired, .down, at: .tls),
      FaultRow("T19-future", .tlsExpired, .down, at: .tls),
      FaultRow("T19-host", .tlsHostMismatch, .down, at: .tls),
      FaultRow("T19-unknown", .tlsUntrusted, .down, at: .tls),
      FaultRow("T19-sha1", .tlsUntrusted, .down, at: .tls),
      FaultRow("T19-rsa512", .tlsUntrusted, .down, at: .tls),
      FaultRow("T19-old", .tlsHandshake, .down, at: .tls),
      FaultRow("T19-mutual", .tlsClientCert, .neutral, at: .tls),
      FaultRow("T20", .tlsTimeout, .down, at: .tls) { $0.deadline = short },
      FaultRow("T20-half", .tlsTimeout, .down, at: .tls) { $0.deadline = short },
    ]
    + ["T20-alert", "T20-garbage", "T20-closed"].map {
      FaultRow($0, .tlsHandshake, .down, at: .tls) { $0.renews = true }
    }

  private static let framed: [FaultRow] =
    [
      FaultRow("T22", .ok, .up, at: nil),
      FaultRow("T22-goaway", .truncated, .down, at: .discover) { $0.renews = true },
      FaultRow("T22-goaway-all", .connectionClosed, .down, at: .discover) { $0.renews = true },
      FaultRow("T22-reset", .connectionClosed, .down, at: .discover),
      FaultRow("T22-reset-late", .truncated, .down, at: .discover),
      FaultRow("T22-pings", .timeout, .down, at: .discover) { row in
        row.deadline = short
        row.takes = .max
        row.renews = true
      },
      FaultRow("T22-window", .timeout, .down, at: .discover) { $0.deadline = short },
      FaultRow("T22-frame", .connectionClosed, .down, at: .discover) { $0.renews = true },
    ]
    + ["T22-settings", "T22-hpack"].map {
      FaultRow($0, .httpProtocolError, .down, at: .discover) { $0.renews = true }
    }
}

extension FaultRow {
  private static let talking: [FaultRow] =
    [
      FaultRow("T23", .ok, .up, at: nil) { $0.renews = true },
      FaultRow("T23-race", .ok, .up, at: nil) { $0.renews = true },
      FaultRow("T24-html", .notMCP, .down, at: .initialize),
      FaultRow("T24-type", .ok, .up, at: nil) { $0.warnings = [.contentTypeWrong] },
      FaultRow("T24-mark", .ok, .up, at: nil),
      FaultRow("T24-utf8", .ok, .up, at: nil),
      FaultRow("T24-surrogate", .ok, .up, at: nil),
      FaultRow("T24-control", .ok, .up, at: nil),
      FaultRow("T24-error", .jsonrpcError, .down, at: .initialize),
      FaultRow("T25-large", .responseTooLarge, .neutral, at: .initialize),
      FaultRow("T25-deep", .malformedJSON, .down, at: .initialize),
      FaultRow("T25-twice", .ok, .up, at: nil),
      FaultRow("T25-exponent", .jsonrpcInvalid, .down, at: .initialize),
      FaultRow("T25-nan", .malformedJSON, .down, at: .initialize),
      FaultRow("T25-integer", .jsonrpcInvalid, .down, at: .initialize),
      FaultRow("T25-id", .jsonrpcInvalid, .down, at: .initialize),
      FaultRow("T25-batch", .ok, .up, at: nil),
      FaultRow("T26-requests", .ok, .up, at: nil),
      FaultRow("T26-flood", .ok, .up, at: nil),
      FaultRow("T26-mute", .timeout, .down, at: .initialize) { row in
        row.knows = .nothing
        row.deadline = .seconds(5)
      },
      FaultRow("T26-dripping", .timeoutBody, .down, at: .toolsList) { row in
        row.purpose = .catalogue
        row.deadline = .seconds(5)
      },
      FaultRow("T31-429", .rateLimited, .neutral, at: .discover),
      FaultRow("T31-503", .unavailable, .down, at: .discover),
    ]
    + ["T26-loop", "T26-endless", "T26-items"].map {
      FaultRow($0, .paginationLoop, .neutral, at: .toolsList) { $0.purpose = .catalogue }
    }
    + ["T27", "T27-split", "T27-long", "T27-blank"].map {
      FaultRow($0, .ok, .up, at: nil) { $0.knows = .nothing }
    }
}
