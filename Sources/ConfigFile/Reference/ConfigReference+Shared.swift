import Notifications
import Signals

extension ConfigReference {
  /// What stands in several places.
  static var sharedSections: [ReferenceSection] { [http, oauth2, tls] }

  private static let httpPlaces =
    ["mcps[].http", "alertmanagers[].http"] + entries.map { "\($0).http_config" }

  private static var http: ReferenceSection {
    ReferenceSection(
      "http", at: httpPlaces,
      says: """
        Prometheus's `http_config` and a little more: `http` of an MCP and of an Alertmanager, \
        `http_config` of an entry of a receiver. One of `authorization`, `basic_auth` and \
        `oauth2`, which MCPs alone can have. Files are read again when they change, but for \
        `proxy_url_file`.
        """,
      keys: [
        .key(
          "authorization.type", unset: .of(ConfigFile.bearer),
          means: "The word before the credentials; not `Basic`."),
        .key("authorization.credentials", means: "What follows it."),
        .key("basic_auth.username", means: "The user; without a colon."),
        .key("basic_auth.password", unset: .words("empty"), means: "The password."),
        .key("oauth2", means: "Where a token comes from; not yet of receivers and Alertmanagers."),
        .key(
          "http_headers", means: "Further headers by name; not those that the agent sets itself."),
        .key("http_headers.NAME.values", means: "Values of the header, a line each."),
        .key("http_headers.NAME.secrets", means: "The same, kept secret."),
        .key("http_headers.NAME.files", means: "The same out of files."),
        .key("tls_config", means: "Certificates, and whom to trust."),
        .key("proxy_url", means: "The proxy; none is taken from the environment."),
        .key(
          "host_header", unset: .words("the URL's host"), means: "What the header `Host` says."),
        .key("connect_to", means: "Where to connect instead: libcurl's `CONNECT_TO`."),
        .key(
          "follow_redirects", unset: .of(false),
          means: "Of MCPs 307 and 308 to the same origin are followed, of others none."),
        .key("enable_http2", unset: .of(true), means: "HTTP/2 is spoken where the server does."),
        .key(
          "proxy_from_environment", unset: .of(false), means: "`proxy_url` says what the proxy is."
        ),
      ])
  }

  private static var oauth2: ReferenceSection {
    let oauth2 = OAuth2Settings(
      clientID: "", clientSecret: StoredSecret(Secret("")), tokenURL: "")
    return ReferenceSection(
      "oauth2", at: "mcps[].http.oauth2",
      says: "Client credentials; [security](security.md#oauth2) says more.",
      keys: [
        .key("client_id", means: "Who asks."),
        .key("client_secret", means: "With what secret."),
        .key("token_url", means: "Whom; without credentials and fragment."),
        .key("scopes", means: "What the token is to allow."),
        .key("endpoint_params", means: "Further parameters of the request, such as `audience`."),
        .key(
          "resource", unset: .words("the MCP's URL"),
          means: "What the token is for (RFC 8707); nothing is named when empty."),
        .key(
          "auth_method", unset: .of(oauth2.method), means: "Where id and secret stand."),
        .key("proxy_url", means: "The proxy to the token endpoint."),
        .key("tls_config", means: "TLS with the token endpoint."),
      ])
  }

  private static var tls: ReferenceSection {
    ReferenceSection(
      "tls_config",
      at: httpPlaces.map { "\($0).tls_config" } + ["mcps[].http.oauth2.tls_config"],
      says: "Certificate and key go together.",
      keys: [
        .key("ca_file", unset: .words("the system's"), means: "Whose certificates count."),
        .key("ca", unset: .words("the system's"), means: "The same in the file itself."),
        .key("cert_file", means: "Our certificate."),
        .key("cert", means: "The same in the file itself."),
        .key("key_file", means: "Its key."),
        .key("key", means: "The same in the file itself."),
        .key(
          "server_name", unset: .words("the URL's host"),
          means: "For which name the server's certificate must be."),
        .key(
          "insecure_skip_verify", unset: .of(HTTPSettings.TLSSettings().insecureSkipVerify),
          means: "Anyone may pose as the server then, of which there is a warning."),
        .key("min_version", unset: .words("that of libcurl"), means: "The oldest version."),
        .key("max_version", unset: .words("that of libcurl"), means: "The newest version."),
      ])
  }
}
