import CLinux

/// What a program of ours sets up before anything else.
package enum ProcessSetup {
  /// A reload that is asked for before anybody listens must not end the program.
  package static func ignoreHangup() { clinux_ignore_sighup() }

  /// Keeps malloc to one heap; call it before other threads begin.
  ///
  /// By default each thread may get its own, and each keeps what the largest page it ever made
  /// needed. The threads of the agent allocate too little to wait for each other.
  package static func shareHeap() { clinux_limit_heaps(1) }
}
