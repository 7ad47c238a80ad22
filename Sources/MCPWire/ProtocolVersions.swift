/// The revisions of MCP that a probe speaks.
enum ProtocolVersions {
  /// The stateless revision: `server/discover`, no sessions.
  static let stateless = "2026-07-28"
  /// Offered in `initialize`; servers answer with one of `legacy`.
  static let offered = "2025-11-25"
  /// Revisions that begin with `initialize`.
  static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  static let known = legacy + [stateless]
  /// From here on a server survives the end of a session; some older ones stop serving everybody.
  static let safeToDelete = "2025-06-18"
}
