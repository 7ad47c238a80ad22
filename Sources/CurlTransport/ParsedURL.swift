import CCurl

/// Owns one `CURLU *`: a URL taken apart by libcurl itself, so that we never read one differently.
@safe struct ParsedURL: ~Copyable {
  private let raw: OpaquePointer

  init?(_ text: String) {
    guard let raw = unsafe curl_url() else { return nil }
    guard unsafe curl_url_set(raw, CURLUPART_URL, text, 0) == CURLUE_OK else {
      unsafe curl_url_cleanup(raw)
      return nil
    }
    unsafe self.raw = raw
  }

  deinit { unsafe curl_url_cleanup(raw) }

  var scheme: String { part(CURLUPART_SCHEME) ?? "" }
  var hasUser: Bool { part(CURLUPART_USER) != nil }
  /// IPv6 addresses in brackets.
  var host: String { part(CURLUPART_HOST) ?? "" }
  /// The scheme's own port when the URL names none.
  var port: String { part(CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)) ?? "" }
  var hasOwnPort: Bool { part(CURLUPART_PORT) != nil }
  var text: String? { part(CURLUPART_URL) }

  /// False when `host` cannot be one.
  mutating func replaceHost(_ host: String) -> Bool {
    unsafe curl_url_set(raw, CURLUPART_HOST, host, 0) == CURLUE_OK
  }

  private func part(_ part: CURLUPart, flags: UInt32 = 0) -> String? {
    var value: UnsafeMutablePointer<CChar>?
    guard unsafe curl_url_get(raw, part, &value, flags) == CURLUE_OK, let value = unsafe value
    else { return nil }
    defer { unsafe curl_free(value) }
    return unsafe String(cString: value)
  }
}

/// Where a URL leads, as libcurl reads it: what tests hold our own reading against.
package struct LibcurlOrigin: Equatable, Sendable {
  package let scheme: String
  package let host: String
  package let port: String

  /// `nil` when libcurl cannot read it, or would send a user's name along.
  package init?(_ url: String) {
    guard let parsed = ParsedURL(url), !parsed.hasUser else { return nil }
    scheme = parsed.scheme.lowercased()
    host = parsed.host.lowercased()
    port = parsed.port
  }
}
