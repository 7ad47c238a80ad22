import CCurl

/// The libcurl that the program runs with.
package enum CurlVersion {
  /// For `--version`: `libcurl/7.88.1 OpenSSL/3.0.19 nghttp2/1.52.0`.
  package static var text: String {
    guard let text = unsafe curl_version() else { return "libcurl" }
    return unsafe String(cString: text)
  }
}

/// libcurl's process-wide state: made once, before the first handle, and kept to the end.
enum CurlGlobal {
  static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}
