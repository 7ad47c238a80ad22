package import Breaking
package import MCPWire

/// A closed set whose members have numbers on disk, from 0 to 63: a number once given stays its
/// member's.
package protocol FeedCoded: CaseIterable {
  var feedCode: UInt8 { get }
}

/// A member as its number.
package struct FeedCode<Member: FeedCoded>: Equatable, Sendable {
  package let number: UInt8

  package init(_ member: Member) { number = member.feedCode }

  /// The number of a member: what was read has been looked at.
  fileprivate init(known number: UInt8) { self.number = number }

  package var member: Member? { Member.allCases.first { $0.feedCode == number } }

  package static func == (lhs: Self, rhs: Member) -> Bool { lhs.number == rhs.feedCode }
}

/// The numbers that are some member's: a bit for each.
struct FeedCodes<Member: FeedCoded>: Sendable {
  private var bits: UInt64 = 0

  init() {
    for member in Member.allCases { bits |= 1 << UInt64(member.feedCode) }
  }

  @inline(__always)
  func code(_ number: UInt8) -> FeedCode<Member>? {
    number < 64 && bits >> UInt64(number) & 1 == 1 ? FeedCode(known: number) : nil
  }
}

extension HealthEventType: FeedCoded {
  package var feedCode: UInt8 {
    switch self {
    case .healthCheckSuccess: 1
    case .healthCheckFailed: 2
    case .disconnected: 3
    case .connected: 4
    case .recoveryAttempt: 5
    case .recoverySuccess: 6
    case .recoveryFailed: 7
    case .circuitOpened: 8
    case .circuitHalfOpen: 9
    case .circuitClosed: 10
    case .autoDisabled: 11
    case .catalogueChanged: 12
    case .checkFailed: 13
    case .checkSucceeded: 14
    case .manuallyDisabled: 15
    case .manuallyEnabled: 16
    case .operatorAction: 17
    // 18 to 31: further types that an MCP has.
    case .configChanged: 32
    case .configRefused: 33
    case .registryRowRefused: 34
    case .coordinatorRestarted: 35
    case .itemQuarantined: 36
    case .journalReplaced: 37
    }
  }
}

extension HealthStatus: FeedCoded {
  package var feedCode: UInt8 {
    switch self {
    case .healthy: 1
    case .disconnected: 2
    case .circuitOpen: 3
    case .disabled: 4
    case .unknown: 5
    }
  }
}

extension Breaker.StateName: FeedCoded {
  package var feedCode: UInt8 {
    switch self {
    case .closed: 1
    case .open: 2
    case .halfOpen: 3
    }
  }
}

extension ProbeOutcome: FeedCoded {
  package var feedCode: UInt8 {
    switch self {
    case .ok: 1
    case .dnsError: 2
    case .dnsTimeout: 3
    case .connectRefused: 4
    case .connectUnreachable: 5
    case .connectTimeout: 6
    case .tlsUntrusted: 7
    case .tlsExpired: 8
    case .tlsHostMismatch: 9
    case .tlsHandshake: 10
    case .tlsTimeout: 11
    case .tlsClientCert: 12
    case .connectionClosed: 13
    case .httpProtocolError: 14
    case .timeout: 15
    case .timeoutBody: 16
    case .truncated: 17
    case .redirectBlocked: 18
    case .authRequired: 19
    case .authInvalid: 20
    case .insufficientScope: 21
    case .forbidden: 22
    case .hostRejected: 23
    case .notFound: 24
    case .methodNotAllowed: 25
    case .http4xx: 26
    case .rateLimited: 27
    case .unavailable: 28
    case .badGateway: 29
    case .http5xx: 30
    default: protocolCode
    }
  }

  private var protocolCode: UInt8 {
    switch self {
    case .notMCP: 31
    case .malformedJSON: 32
    case .jsonrpcInvalid: 33
    case .jsonrpcError: 34
    case .resultInvalid: 35
    case .protocolVersionUnsupported: 36
    case .responseMissing: 37
    case .responseTooLarge: 38
    case .sseClosed: 39
    case .sseNoEndpoint: 40
    case .sseEndpointInvalid: 41
    case .sessionLost: 42
    case .sessionTaken: 43
    case .paginationLoop: 44
    case .assertionFailed: 45
    case .tokenError: 46
    case .proxyError: 47
    case .configError: 48
    case .internalError: 49
    case .cancelled: 50
    default: 0
    }
  }
}
