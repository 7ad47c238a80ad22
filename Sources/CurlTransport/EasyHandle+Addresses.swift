import CCurl
import Signals

extension EasyHandle {
  /// Has libcurl ask about each address before it makes a connection, and about the one of a kept
  /// connection before it sends a request.
  func watchAddresses() {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe watch(with: context, socket: admitAddress, request: admitRequest)
  }

  /// Whether a connection may go to this address.
  fileprivate func admits(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let address = unsafe IPAddress(bytes: Array(bytes)) else { return false }
    return admits(address)
  }

  fileprivate func admits(kept text: String) -> Bool {
    guard gate.hasChanged, let address = IPAddress(text) else { return true }
    return admits(address)
  }

  private func admits(_ address: IPAddress) -> Bool {
    if gate.allows(address) { return true }
    denied = address
    return false
  }
}

/// C callbacks: no captures, no throws.
private let admitAddress: ccurl_admit = { context, bytes, count in
  let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  return unsafe handle.admits(UnsafeBufferPointer(start: bytes, count: Int(count)))
}

private let admitRequest: curl_prereq_callback = { context, address, _, _, _ in
  guard let context = unsafe context, let address = unsafe address else {
    return CURL_PREREQFUNC_ABORT
  }
  let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  let isAdmitted =
    handle.gate.hasChanged ? unsafe handle.admits(kept: String(cString: address)) : true
  return isAdmitted ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
