import CLinux

/// How the process uses memory.
package enum Memory {
  /// Keeps malloc to one heap; call it before other threads begin.
  ///
  /// By default each thread may get its own, and each keeps what the largest page it ever made
  /// needed. The threads of the agent allocate too little to wait for each other.
  package static func shareHeap() { clinux_limit_heaps(1) }
}
