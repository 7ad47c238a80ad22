/// The part of Prometheus's `http_config` that a request can have.
package struct HTTPSettings: Equatable, Sendable {
  /// Extra request headers, credentials among them (`Authorization`), in configured order.
  package var headers: [Header] = []
  /// Where the token of each request comes from.
  package var oauth2: OAuth2Settings?
  package var proxyURL: Secret?
  /// Sent instead of the URL's host.
  package var hostHeader: String?
  /// libcurl's CONNECT_TO entry, `HOST1:PORT1:HOST2:PORT2`.
  package var connectTo: String?
  package var tls = TLSSettings()

  package init() {}

  /// Whether a request carries credentials: 401 then means that they are wrong.
  package var hasCredentials: Bool {
    oauth2 != nil || tls.hasClientCertificate || headers.contains { $0.isCredential }
  }

  package struct Header: Equatable, Sendable {
    package var name: String
    /// As last read.
    package var value: Secret
    /// Set for `authorization`, `basic_auth` and the `secrets` of `http_headers`.
    package var isCredential: Bool
    /// Set when some of the value stands in a file.
    package var source: Source?

    /// How a value is made of files, which are read again when they change.
    package enum Source: Equatable, Sendable {
      /// The file's text after `prefix`.
      case file(String, prefix: String)
      /// A login in the form of `Basic`.
      case login(username: StoredSecret, password: StoredSecret)
    }

    package init(name: String, value: Secret, isCredential: Bool, source: Source? = nil) {
      self.name = name
      self.value = value
      self.isCredential = isCredential
      self.source = source
    }
  }

  package struct TLSSettings: Equatable, Sendable {
    /// Files, and what stands in them or in the configuration itself (PEM).
    package var caFile: String?
    package var ca: Secret?
    package var certFile: String?
    package var cert: Secret?
    package var keyFile: String?
    package var key: Secret?
    /// Name to verify instead of the URL's host.
    package var serverName: String?
    package var insecureSkipVerify = false
    package var minVersion: Version?
    package var maxVersion: Version?

    package var hasClientCertificate: Bool { certFile != nil || cert != nil }

    package enum Version: String, CaseIterable, Comparable, Sendable {
      case tls10 = "TLS10"
      case tls11 = "TLS11"
      case tls12 = "TLS12"
      case tls13 = "TLS13"

      package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    package init() {}
  }
}

extension Secret {
  /// The value of the header `Authorization` for a login.
  package static func basic(username: Secret, password: Secret) -> Secret {
    Secret("Basic " + Base64.encode("\(username.exposed):\(password.exposed)".utf8))
  }
}
