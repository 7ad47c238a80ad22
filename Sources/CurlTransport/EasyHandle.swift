import CCurl
import Signals

/// Owns one `CURL *` and what it points to: made and cleaned up here, used by one thread at a time.
@safe final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  /// `notAfter` of the server's certificate, in Unix seconds; 0 when no handshake showed one.
  private let expiry: UnsafeMutablePointer<Int64>
  /// What libcurl's callbacks ask and tell of sockets; made with the first `reset`.
  private let sockets: UnsafeMutablePointer<ccurl_sockets>
  /// Says which addresses may be connected to.
  let gate: AddressGate
  /// The last address that it denied since `clearError`.
  var denied: IPAddress?
  private var list: UnsafeMutablePointer<curl_slist>?
  private var connectTo: UnsafeMutablePointer<curl_slist>?
  /// The first option that libcurl refused since `reset`.
  private var firstError = CURLE_OK

  init?(gate: AddressGate) {
    guard CurlGlobal.isReady, let raw = unsafe curl_easy_init() else { return nil }
    unsafe self.raw = raw
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    unsafe expiry = .allocate(capacity: 1)
    unsafe expiry.initialize(to: 0)
    unsafe sockets = .allocate(capacity: 1)
    self.gate = gate
    unsafe sockets.initialize(
      to: ccurl_sockets(admit: admitNothing, context: raw, lack: 0, opened: 0))
  }

  deinit {
    // The handle first: until then libcurl holds the lists and the buffer.
    unsafe curl_easy_cleanup(raw)
    unsafe curl_slist_free_all(list)
    unsafe curl_slist_free_all(connectTo)
    unsafe errorText.deallocate()
    unsafe sockets.deallocate()
    unsafe expiry.deallocate()
  }

  /// Forgets all options; connections, TLS sessions and names stay with the multi handle.
  func reset() {
    unsafe curl_easy_reset(raw)
    unsafe check(ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText))
    unsafe check(ccurl_watch_certificate(raw, expiry))
    watchAddresses()
  }

  /// `context` is this handle.
  func watch(
    with context: UnsafeMutableRawPointer, socket: ccurl_admit, request: curl_prereq_callback
  ) {
    unsafe sockets.pointee.admit = socket
    unsafe sockets.pointee.context = context
    unsafe check(ccurl_watch_sockets(raw, sockets))
    unsafe check(ccurl_watch_requests(raw, request, context))
  }

  /// Begins a request: forgets the error of the one before.
  func clearError() {
    unsafe errorText[0] = 0
    unsafe sockets.pointee.lack = 0
    unsafe sockets.pointee.opened = 0
    denied = nil
    unsafe expiry.pointee = 0
    firstError = CURLE_OK
  }

  /// The code of the first option that was refused since `clearError`; 0 when none was.
  var refusedOption: UInt32 { firstError.rawValue }

  /// errno of the last failed connect, or of the socket that could not be made; 0 is neither.
  var systemError: Int32 {
    let lack = unsafe sockets.pointee.lack
    return lack != 0 ? lack : Int32(clamping: long(CURLINFO_OS_ERRNO))
  }

  /// When the server's certificate ends, in Unix seconds; `nil` when no handshake showed it.
  var certificateExpiry: Int64? {
    let seconds = unsafe expiry.pointee
    return seconds == 0 ? nil : seconds
  }

  /// Whether a connection was begun since `clearError`.
  var hasOpenedSocket: Bool { unsafe sockets.pointee.opened > 0 }

  /// libcurl's own words on the last failure; empty when it has none.
  var lastErrorText: String { unsafe String(cString: errorText) }

  func set(_ option: CURLoption, _ value: Int) {
    unsafe check(ccurl_set_long(raw, option, value))
  }
  func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }
  /// `nil` takes the option back.
  func set(_ option: CURLoption, _ value: String?) {
    if let value {
      unsafe check(ccurl_set_text(raw, option, value))
    } else {
      unsafe check(ccurl_set_text(raw, option, nil))
    }
  }
  func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
    unsafe check(ccurl_set_pointer(raw, option, pointer))
  }
  func set(_ option: CURLoption, sink: curl_write_callback) {
    unsafe check(ccurl_set_sink(raw, option, sink))
  }

  /// The content of a file, copied.
  func set(_ option: CURLoption, blob: Secret) {
    let bytes = Array(blob.exposed.utf8)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe check(ccurl_set_blob(raw, option, bytes.baseAddress, bytes.count))
    }
  }

  /// The body of a POST, copied.
  func set(body: [UInt8]) {
    unsafe check(ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, Int64(body.count)))
    unsafe body.withUnsafeBufferPointer { bytes in
      // An empty array may have no address, and libcurl reads no body from NULL.
      unsafe check(ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress))
    }
  }

  /// The header lines to send beyond libcurl's own.
  func set(headerLines: [String]) {
    unsafe replace(&list, with: headerLines, as: CURLOPT_HTTPHEADER)
  }
  /// `HOST1:PORT1:HOST2:PORT2`, or `nil` to connect where the URL says.
  func set(connectTo entry: String?) {
    unsafe replace(&connectTo, with: entry.map { [$0] } ?? [], as: CURLOPT_CONNECT_TO)
  }

  func long(_ info: CURLINFO) -> Int { unsafe ccurl_get_long(raw, info) }
  func microseconds(_ info: CURLINFO) -> Int64 { unsafe ccurl_get_offset(raw, info) }
  func text(_ info: CURLINFO) -> String? {
    guard let text = unsafe ccurl_get_text(raw, info) else { return nil }
    return unsafe String(cString: text)
  }

  private func replace(
    _ current: inout UnsafeMutablePointer<curl_slist>?, with lines: [String], as option: CURLoption
  ) {
    var next: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = unsafe curl_slist_append(next, line) else {
        firstError = CURLE_OUT_OF_MEMORY
        break
      }
      unsafe next = longer
    }
    unsafe check(ccurl_set_list(raw, option, next))
    unsafe curl_slist_free_all(current)
    unsafe current = next
  }

  private func check(_ code: CURLcode) {
    if code != CURLE_OK && firstError == CURLE_OK { firstError = code }
  }
}

/// Until a handle is there to ask.
private let admitNothing: ccurl_admit = { _, _, _ in false }
