package import Signals

/// What a user of the web server may do.
package enum Role: String, CaseIterable, Sendable {
  /// Read everything that it shows.
  case viewer
  /// Act besides.
  case `operator`

  /// Whether who has this role may do what needs `needed`.
  package func covers(_ needed: Role) -> Bool { self == .operator || needed == .viewer }
}

/// What `--web.config.file` says: exporter-toolkit's format, and roles. Empty: anybody may read
/// over plain HTTP.
package struct WebConfig: Equatable, Sendable {
  /// `nil`: plain HTTP.
  package var tls: ServerTLS?
  /// Sent with every response; they win over what the agent would send.
  package var headers: [Header] = []
  /// Sorted by name. None: nobody is asked who they are.
  package var users: [WebUser] = []
  /// `nil`: as many requests as come.
  package var rateLimit: RateLimit?

  package init() {}

  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A request each `interval`, and `burst` at once after a pause. Over all peers.
  package struct RateLimit: Equatable, Sendable {
    /// Above zero.
    package var interval: Duration
    /// At least 1.
    package var burst: Int

    package init(interval: Duration, burst: Int) {
      self.interval = interval
      self.burst = burst
    }
  }
}

/// Somebody who may ask, once the password is right.
package struct WebUser: Equatable, Sendable {
  package var name: String
  /// Of bcrypt: `$2y$10$...`, 60 characters.
  package var passwordHash: Secret
  package var role: Role

  package init(name: String, passwordHash: Secret, role: Role) {
    self.name = name
    self.passwordHash = passwordHash
    self.role = role
  }
}

/// `tls_server_config`, with its files read.
package struct ServerTLS: Equatable, Sendable {
  /// Go's words.
  package enum ClientAuthentication: String, CaseIterable, Sendable {
    case none = "NoClientCert"
    /// Asked for, and believed whatever it is.
    case request = "RequestClientCert"
    case requireAny = "RequireAnyClientCert"
    case verifyIfGiven = "VerifyClientCertIfGiven"
    case requireAndVerify = "RequireAndVerifyClientCert"

    private var demands: (certificate: Bool, authority: Bool) {
      switch self {
      case .none, .request: (false, false)
      case .requireAny: (true, false)
      case .verifyIfGiven: (false, true)
      case .requireAndVerify: (true, true)
      }
    }

    /// Whether a certificate that is shown must be one of the authorities'.
    package var verifies: Bool { demands.authority }

    /// Whether nobody comes in who would not have before.
    package func asksAsMuch(as other: Self) -> Bool {
      (demands.certificate || !other.demands.certificate)
        && (demands.authority || !other.demands.authority)
    }
  }

  package enum Version: String, CaseIterable, Comparable, Sendable {
    case tls10 = "TLS10"
    case tls11 = "TLS11"
    case tls12 = "TLS12"
    case tls13 = "TLS13"

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  package enum Curve: String, CaseIterable, Sendable {
    case p256 = "CurveP256"
    case p384 = "CurveP384"
    case p521 = "CurveP521"
    case x25519 = "X25519"
    case x25519MLKEM768 = "X25519MLKEM768"
  }

  /// PEM: the certificate of the server, then those between it and a root.
  package var certificates: [UInt8]
  /// PEM.
  package var key: Secret
  package var clientAuthentication = ClientAuthentication.none
  /// PEM; `nil`: the machine's authorities.
  package var clientAuthorities: [UInt8]?
  /// Names of which a client's certificate must have one; empty: any will do.
  package var clientNames: [String] = []
  package var minVersion = Version.tls12
  package var maxVersion = Version.tls13
  /// For TLS 1.2 and before, as IANA names them; empty: the library's.
  package var cipherSuites: [CipherSuite] = []
  /// Empty: the library's.
  package var curves: [Curve] = []

  package init(certificates: [UInt8], key: Secret) {
    self.certificates = certificates
    self.key = key
  }
}

extension ServerTLS {
  /// The suites that Go calls secure, by IANA's names; the library here knows them all.
  package enum CipherSuite: String, CaseIterable, Sendable {
    case rsaAES128CBC = "TLS_RSA_WITH_AES_128_CBC_SHA"
    case rsaAES256CBC = "TLS_RSA_WITH_AES_256_CBC_SHA"
    case rsaAES128GCM = "TLS_RSA_WITH_AES_128_GCM_SHA256"
    case rsaAES256GCM = "TLS_RSA_WITH_AES_256_GCM_SHA384"
    case aes128GCM = "TLS_AES_128_GCM_SHA256"
    case aes256GCM = "TLS_AES_256_GCM_SHA384"
    case chaCha20 = "TLS_CHACHA20_POLY1305_SHA256"
    case ecdheECDSAAES128CBC = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
    case ecdheECDSAAES256CBC = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
    case ecdheRSAAES128CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    case ecdheRSAAES256CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    case ecdheECDSAAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case ecdheECDSAAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case ecdheRSAAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case ecdheRSAAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case ecdheRSAChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    case ecdheECDSAChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"

    /// As it goes over the wire.
    package var number: UInt16 {
      switch self {
      case .rsaAES128CBC: 0x002f
      case .rsaAES256CBC: 0x0035
      case .rsaAES128GCM: 0x009c
      case .rsaAES256GCM: 0x009d
      case .aes128GCM: 0x1301
      case .aes256GCM: 0x1302
      case .chaCha20: 0x1303
      case .ecdheECDSAAES128CBC: 0xc009
      case .ecdheECDSAAES256CBC: 0xc00a
      case .ecdheRSAAES128CBC: 0xc013
      case .ecdheRSAAES256CBC: 0xc014
      case .ecdheECDSAAES128GCM: 0xc02b
      case .ecdheECDSAAES256GCM: 0xc02c
      case .ecdheRSAAES128GCM: 0xc02f
      case .ecdheRSAAES256GCM: 0xc030
      case .ecdheRSAChaCha20: 0xcca8
      case .ecdheECDSAChaCha20: 0xcca9
      }
    }

    /// Those of TLS 1.3 cannot be chosen: all of them are always on.
    package var isOfTLS13: Bool { number >> 8 == 0x13 }
  }
}
