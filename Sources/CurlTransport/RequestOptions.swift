import CCurl
import MCPWire
import Signals

extension EasyHandle {
  /// What every request of every target has in common.
  func prepare(userAgent: String) {
    reset()
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_NOSIGNAL, true)
    set(CURLOPT_FOLLOWLOCATION, false)
    // Set and empty: else the environment's *_proxy and no_proxy would count.
    set(CURLOPT_PROXY, "")
    set(CURLOPT_NOPROXY, "")
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_BUFFERSIZE, 4096)
    set(CURLOPT_TCP_KEEPALIVE, true)
    // A certificate that was renewed, or is not valid any more, is met within the hour.
    set(CURLOPT_MAXLIFETIME_CONN, 3600)
    set(CURLOPT_USERAGENT, userAgent)
    // A changed CA file counts soon, and is not parsed for every new connection.
    set(CURLOPT_CA_CACHE_TIMEOUT, 300)
    // A transfer given up while its name is looked up must not wait for the resolver's thread.
    set(CURLOPT_QUICK_EXIT, true)
  }

  /// What only some targets have. The handle needs `prepare` before another target uses it.
  func tailor(to settings: HTTPSettings, connectTo: String?) {
    if let proxy = settings.proxyURL { set(CURLOPT_PROXY, proxy.exposed) }
    set(connectTo: connectTo)
    let tls = settings.tls
    // Contents, not paths: libcurl compares them, so that a changed one gets a new connection.
    if let ca = tls.ca {
      set(CURLOPT_CAINFO_BLOB, blob: ca)
      set(CURLOPT_CAPATH, nil)
    }
    if let cert = tls.cert { set(CURLOPT_SSLCERT_BLOB, blob: cert) }
    if let key = tls.key { set(CURLOPT_SSLKEY_BLOB, blob: key) }
    if tls.insecureSkipVerify {
      set(CURLOPT_SSL_VERIFYPEER, false)
      set(CURLOPT_SSL_VERIFYHOST, false)
    }
    if tls.minVersion != nil || tls.maxVersion != nil {
      set(CURLOPT_SSLVERSION, Int(tls.leastForCurl) | Int(tls.mostForCurl))
    }
  }

  /// The request itself.
  func load(_ request: ProbeRequest, url: String, headerLines: [String]) {
    switch request.method {
    case .post: return post(request.body, to: url, headerLines: headerLines)
    case .get, .delete:
      set(CURLOPT_URL, url)
      set(CURLOPT_HTTPGET, true)
      set(CURLOPT_CUSTOMREQUEST, request.method == .delete ? request.method.rawValue : nil)
      set(headerLines: headerLines)
    }
  }

  /// `method`: instead of POST.
  func post(_ body: [UInt8], to url: String, headerLines: [String], method: String? = nil) {
    set(CURLOPT_URL, url)
    set(CURLOPT_CUSTOMREQUEST, method)
    set(CURLOPT_POST, true)
    set(body: body)
    set(headerLines: headerLines)
  }
}

extension HTTPSettings.TLSSettings {
  fileprivate var leastForCurl: UInt32 {
    switch minVersion {
    case nil: UInt32(CURL_SSLVERSION_DEFAULT)
    case .tls10: UInt32(CURL_SSLVERSION_TLSv1_0)
    case .tls11: UInt32(CURL_SSLVERSION_TLSv1_1)
    case .tls12: UInt32(CURL_SSLVERSION_TLSv1_2)
    case .tls13: UInt32(CURL_SSLVERSION_TLSv1_3)
    }
  }

  fileprivate var mostForCurl: UInt32 {
    switch maxVersion {
    case nil: 0
    case .tls10: UInt32(CURL_SSLVERSION_MAX_TLSv1_0)
    case .tls11: UInt32(CURL_SSLVERSION_MAX_TLSv1_1)
    case .tls12: UInt32(CURL_SSLVERSION_MAX_TLSv1_2)
    case .tls13: UInt32(CURL_SSLVERSION_MAX_TLSv1_3)
    }
  }
}

extension HTTPSettings {
  /// Whether a handle must be told more than the request itself.
  var isTailored: Bool { proxyURL != nil || connectTo != nil || tls != TLSSettings() }

  var proxyKind: TransferFacts.Proxy {
    guard let proxyURL else { return .none }
    return proxyURL.exposed.lowercased().hasPrefix("socks") ? .socks : .http
  }
}

/// The header lines of a request in libcurl's form; `nil` with the name of one that cannot be sent.
enum HeaderLines: Equatable {
  case lines([String])
  case unusable(name: String)

  init(for request: ProbeRequest, settings: HTTPSettings, host: String?) {
    let fixed: [String] =
      switch (request.method, request.stage) {
      case (.post, .token):
        ["Content-Type: application/x-www-form-urlencoded", "Accept: application/json"]
      case (.post, _):
        ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
      default: []
      }
    self.init(
      fixed: fixed, request.headers, settings: settings, host: host)
  }

  /// Lines as they are, headers of this request, then those of the settings.
  init(
    fixed: [String], _ headers: [(name: String, value: String)], settings: HTTPSettings,
    host: String?
  ) {
    var lines = ["Expect:"] + fixed
    if let host { lines.append("Host: \(host)") }
    for (name, value) in headers {
      lines.append(Self.line(name, value))
    }
    for header in settings.headers {
      lines.append(Self.line(header.name, header.value.exposed))
    }
    for line in lines where !line.isOneLine {
      self = .unusable(name: String(line.prefix { $0 != ":" && $0 != ";" }).asDetail)
      return
    }
    self = .lines(lines)
  }

  /// libcurl takes `Name:` as "do not send" and `Name;` as "send it empty".
  private static func line(_ name: String, _ value: String) -> String {
    value.isEmpty ? "\(name);" : "\(name): \(value)"
  }
}

extension String {
  /// Whether it has no CR, LF or NUL, by which a header could become two.
  fileprivate var isOneLine: Bool {
    for byte in utf8 where byte == 0x0d || byte == 0x0a || byte == 0 { return false }
    return true
  }
}
