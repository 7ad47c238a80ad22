/// Alertmanager's API below `/api/v2`.
enum AlertmanagerRoute: Equatable, Sendable {
  case status, receivers
  case alerts, groups
  case silences
  case silence(id: String)

  /// The methods it answers.
  var methods: [String] {
    switch self {
    case .status, .receivers, .alerts, .groups: ["GET", "HEAD"]
    case .silences: ["GET", "HEAD", "POST"]
    case .silence: ["GET", "HEAD", "DELETE"]
    }
  }
}
