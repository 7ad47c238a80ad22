/// The part of Prometheus's `http_config` that a request can have.
package struct HTTPSettings: Equatable, Sendable {
  /// Extra request headers, credentials among them (`Authorization`), in configured order.
  package var headers: [Header] = []
  package var proxyURL: Secret?
  /// Sent instead of the URL's host.
  package var hostHeader: String?
  /// libcurl's CONNECT_TO entry, `HOST1:PORT1:HOST2:PORT2`.
  package var connectTo: String?
  package var tls = TLSSettings()

  package init() {}

  /// Whether a request carries credentials: 401 then means that they are wrong.
  package var hasCredentials: Bool { headers.contains { $0.isCredential } || tls.certFile != nil }

  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: Secret
    /// Set for `authorization`, `basic_auth` and the `secrets` of `http_headers`.
    package var isCredential: Bool

    package init(name: String, value: Secret, isCredential: Bool) {
      self.name = name
      self.value = value
      self.isCredential = isCredential
    }
  }

  package struct TLSSettings: Equatable, Sendable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    /// Name to verify instead of the URL's host.
    package var serverName: String?
    package var insecureSkipVerify = false
    package var minVersion: Version?

    package enum Version: String, CaseIterable, Sendable {
      case tls10 = "TLS10"
      case tls11 = "TLS11"
      case tls12 = "TLS12"
      case tls13 = "TLS13"
    }

    package init() {}
  }
}
