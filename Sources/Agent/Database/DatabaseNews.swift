import Breaking
import Signals

/// Something that is new in what the database says, for an event and a line of the log.
package struct DatabaseNews: Equatable, Sendable {
  /// One of `configChanged`, `configRefused`, `registryRowRefused`.
  package var type: HealthEventType
  /// `circuit_breaker.failure_threshold`, `circuit_breaker`, or the row's name.
  package var subject: String
  /// `5 -> 3`, or why it is refused.
  package var detail: String

  package init(type: HealthEventType, subject: String, detail: String) {
    self.type = type
    self.subject = subject
    self.detail = detail
  }
}

extension DatabaseSettings {
  /// Rows of one look that are told of one by one; how many more there are is told at the end.
  private static let rowsTold = 100

  /// What these settings have that `previous` did not have, in a fixed order.
  package func news(since previous: DatabaseSettings) -> [DatabaseNews] {
    var news: [DatabaseNews] = []
    for (value, before) in zip(values, previous.values) where value.text != before.text {
      let detail = "\(before.text ?? "unset") -> \(value.text ?? "unset")"
      news.append(DatabaseNews(type: .configChanged, subject: value.name, detail: detail))
    }
    for refusal in refusedConfig where !previous.refusedConfig.contains(refusal) {
      news.append(
        DatabaseNews(type: .configRefused, subject: refusal.name, detail: refusal.reason))
    }
    return news + rowNews(since: previous)
  }

  private func rowNews(since previous: DatabaseSettings) -> [DatabaseNews] {
    let known = Set(previous.refusedRows.map(\.reason))
    let new = refusedRows.filter { !known.contains($0.reason) }
    var news = new.prefix(Self.rowsTold).map {
      DatabaseNews(type: .registryRowRefused, subject: $0.name, detail: $0.reason)
    }
    if new.count > Self.rowsTold {
      let more = "mcp_servers: \(new.count - Self.rowsTold) more rows cannot be watched"
      news.append(DatabaseNews(type: .registryRowRefused, subject: "", detail: more))
    }
    return news
  }

  /// Every value of `omni2_config` that counts, as text; `nil` where nothing is said.
  private var values: [(name: String, text: String?)] {
    func text(_ value: (some CustomStringConvertible)?) -> String? { value.map { "\($0)" } }
    func seconds(_ value: Duration?) -> String? {
      guard let milliseconds = value?.wholeMilliseconds else { return nil }
      let isWhole = milliseconds % 1000 == 0
      return isWhole ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
    }
    let poll = pollInterval == Self.defaultPollInterval ? nil : pollInterval
    return [
      ("circuit_breaker.enabled", text(breaker.enabled)),
      ("circuit_breaker.failure_threshold", text(breaker.failureThreshold)),
      ("circuit_breaker.timeout_seconds", seconds(breaker.recoveryTimeout)),
      ("circuit_breaker.half_open_max_calls", text(breaker.halfOpenMaxCalls)),
      ("circuit_breaker.max_failure_cycles", text(breaker.maxFailureCycles)),
      ("circuit_breaker.auto_disable_enabled", autoDisables ? nil : "false"),
      ("health_check.interval_seconds", seconds(interval)),
      ("hot_reload.interval_seconds", seconds(poll)),
      ("thread_logging.enabled", text(threadLogging?.enabled)),
      ("thread_logging.include_thread_name", text(threadLogging?.includesName)),
      ("thread_logging.include_thread_id", text(threadLogging?.includesID)),
    ]
  }
}
