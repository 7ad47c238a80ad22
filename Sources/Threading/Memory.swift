import CLinux

/// How the process uses memory.
package enum Memory {
  /// Keeps malloc to two heaps; call it first thing in `main`.
  ///
  /// By default each thread may get its own, and each keeps what the largest page it ever made
  /// needed.
  package static func limitHeaps() { clinux_limit_heaps(2) }
}
