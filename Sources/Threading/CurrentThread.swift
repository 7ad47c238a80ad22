import CLinux

/// The calling thread as the kernel knows it, and with it `top -H` and debuggers.
package enum CurrentThread {
  /// As many bytes of a name as the kernel keeps.
  package static let nameLimit = 15

  /// Asked of the kernel each time: the threads of the pool change theirs. A system call.
  package static var name: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: nameLimit + 1) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      unsafe clinux_thread_name(base)
      return unsafe String(cString: base)
    }
  }

  /// The number that `top -H` shows.
  package static var id: Int32 { clinux_thread_id() }

  /// Names a thread that somebody else has started; `NamedThread` has named its own.
  package static func take(name: String) {
    precondition(name.utf8.count <= nameLimit, "the kernel would cut this name")
    unsafe name.withCString { unsafe clinux_name_thread($0) }
  }
}
