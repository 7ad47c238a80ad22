import CCurl
import CLinux

/// One `CURLM *`: the connections of its transfers, their sockets in a shared epoll.
@safe final class MultiHandle {
  let index: Int
  /// MCPs assigned to it.
  var members = 0
  /// Transfers under way.
  private(set) var running = 0
  /// When libcurl wants to be called without a socket's event; `Int64.max` is never.
  fileprivate(set) var due = Int64.max

  private let raw: UnsafeMutableRawPointer
  fileprivate let epoll: Int32

  init?(index: Int, epoll: Int32, connections: Int) {
    guard CurlGlobal.isReady, let raw = unsafe curl_multi_init() else { return nil }
    unsafe self.raw = raw
    self.index = index
    self.epoll = epoll
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    _ = unsafe ccurl_multi_set_callbacks(raw, watchSocket, setTimer, context)
    keep(connections: connections)
    // One transfer, one connection: none waits for, or falls with, another one's HTTP/2 connection.
    _ = unsafe ccurl_multi_set_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
  }

  deinit { unsafe curl_multi_cleanup(raw) }

  /// So many connections wait for their next transfer at most; the oldest one closes for another.
  func keep(connections: Int) {
    _ = unsafe ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, connections)
  }

  /// Starts a transfer; false when libcurl refuses.
  func add(_ easy: EasyHandle) -> Bool {
    guard unsafe curl_multi_add_handle(raw, easy.raw) == CURLM_OK else { return false }
    running += 1
    return true
  }

  /// Ends a transfer, whole or not. A connection in the middle of a response is closed.
  func remove(_ easy: EasyHandle) {
    _ = unsafe curl_multi_remove_handle(raw, easy.raw)
    running -= 1
  }

  /// Tells libcurl what epoll reported of a socket.
  func act(on socket: Int32, events: UInt32) {
    var flags: Int32 = 0
    if events & clinux_readable != 0 { flags |= CURL_CSELECT_IN }
    if events & clinux_writable != 0 { flags |= CURL_CSELECT_OUT }
    if events & (clinux_failed | clinux_hung_up) != 0 { flags |= CURL_CSELECT_ERR }
    var running: Int32 = 0
    _ = unsafe curl_multi_socket_action(raw, socket, flags, &running)
  }

  /// Calls libcurl at the instant it asked for.
  func actOnTimer() {
    due = .max
    var running: Int32 = 0
    _ = unsafe curl_multi_socket_action(raw, curl_socket_t(CURL_SOCKET_TIMEOUT_VALUE), 0, &running)
  }

  /// The next transfer that is done, and its CURLcode.
  func nextDone() -> (transfer: Transfer, code: UInt32)? {
    var result = CURLE_OK
    guard let easy = unsafe ccurl_multi_next_done(raw, &result),
      let context = unsafe ccurl_get_private(easy)
    else { return nil }
    return unsafe (Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), result.rawValue)
  }
}

/// libcurl's -1, whose macro Swift does not see.
private let CURL_SOCKET_TIMEOUT_VALUE: Int32 = -1

/// libcurl wants a socket watched, watched otherwise, or not any more.
private let watchSocket: curl_socket_callback = { _, socket, what, context, known in
  guard let context = unsafe context else { return 0 }
  let multi = unsafe Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
  let token = UInt64(multi.index) << 32 | UInt64(UInt32(bitPattern: socket))
  if what == CURL_POLL_REMOVE {
    // The descriptor may be closed already: then the kernel has forgotten it by itself.
    _ = clinux_epoll_control(multi.epoll, clinux_epoll_remove, socket, 0, token)
    return 0
  }
  var events: UInt32 = 0
  if what & CURL_POLL_IN != 0 { events |= clinux_readable }
  if what & CURL_POLL_OUT != 0 { events |= clinux_writable }
  unsafe multi.watch(socket, events: events, token: token, isKnown: known != nil)
  return 0
}

/// libcurl wants to be called in so many milliseconds, instead of when it said before.
private let setTimer: curl_multi_timer_callback = { _, milliseconds, context in
  guard let context = unsafe context else { return 0 }
  let multi = unsafe Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
  multi.due =
    milliseconds < 0 ? .max : Clock.nanoseconds + Int64(min(milliseconds, 1 << 31)) * 1_000_000
  return 0
}

extension MultiHandle {
  /// Adds or changes; descriptors are reused behind our back, so each falls back to the other.
  fileprivate func watch(_ socket: Int32, events: UInt32, token: UInt64, isKnown: Bool) {
    let first = isKnown ? clinux_epoll_change : clinux_epoll_add
    let second = isKnown ? clinux_epoll_add : clinux_epoll_change
    if clinux_epoll_control(epoll, first, socket, events, token) != 0 {
      _ = clinux_epoll_control(epoll, second, socket, events, token)
    }
    if !isKnown { unsafe curl_multi_assign(raw, socket, Unmanaged.passUnretained(self).toOpaque()) }
  }
}
