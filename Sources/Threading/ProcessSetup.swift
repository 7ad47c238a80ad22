import CLinux

/// What a program of ours sets up before anything else.
package enum ProcessSetup {
  /// Keeps malloc to one heap; call it before other threads begin.
  ///
  /// By default each thread may get its own, and each keeps what the largest page it ever made
  /// needed. The threads of the agent allocate too little to wait for each other.
  package static func shareHeap() { clinux_limit_heaps(1) }

  /// Standard streams that whoever started us has closed are /dev/null from now on; the first file
  /// that is opened would get their number otherwise, and the log with it.
  package static func fillStandardStreams() { clinux_fill_standard_streams() }

  /// This process gets SIGTERM when its parent ends. False when the parent is another one already.
  package static func endWithParent(_ parent: Int32) -> Bool { clinux_end_with_parent(parent) }

  /// What `top` and `pgrep` call this process. Call it on the main thread.
  package static func name(_ name: String) { unsafe clinux_name_thread(name) }
}
