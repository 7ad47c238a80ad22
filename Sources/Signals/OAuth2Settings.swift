/// How a token is asked for by client credentials (RFC 6749, 4.4), with the resource that it is
/// for (RFC 8707).
package struct OAuth2Settings: Equatable, Sendable {
  /// Where id and secret stand in the request for a token (RFC 7591, 2).
  package enum Method: String, CaseIterable, Sendable {
    case post = "client_secret_post"
    case basic = "client_secret_basic"
  }

  package struct Parameter: Equatable, Sendable {
    package var name: String
    package var value: Secret

    package init(name: String, value: Secret) {
      self.name = name
      self.value = value
    }
  }

  package var clientID: String
  package var clientSecret: StoredSecret
  /// As an MCP's URL.
  package var tokenURL: String
  package var scopes: [String] = []
  /// Sent with the request besides, in configured order.
  package var parameters: [Parameter] = []
  /// `nil`: the MCP's URL. Empty: none is named.
  package var resource: String?
  package var method = Method.post
  package var proxyURL: Secret?
  package var tls = HTTPSettings.TLSSettings()

  package init(clientID: String, clientSecret: StoredSecret, tokenURL: String) {
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.tokenURL = tokenURL
  }

  /// How the token endpoint is spoken to.
  package var http: HTTPSettings {
    var http = HTTPSettings()
    http.proxyURL = proxyURL
    http.tls = tls
    return http
  }
}
