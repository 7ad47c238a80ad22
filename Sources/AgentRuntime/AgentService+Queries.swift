import Patterns
package import PromQL
package import Signals
import Threading
import WebServer

/// What PromQL queries read: the agent's own series.
extension AgentService: QuerySource {
  /// One look that does not change. Never waits.
  package func samples() -> any SampleSource & Sendable { engine.look.samples }

  /// Prometheus's defaults, with the evaluation interval as a subquery's step and a tenth of the
  /// samples: 80 MB is much for an agent.
  package var engineOptions: EngineOptions {
    var options = EngineOptions()
    options.subqueryStep = evaluationInterval.wholeMilliseconds
    options.maximumSamples = 5_000_000
    options.pattern = .request
    return options
  }

  package func now() -> Timestamp { SystemClock.wall }
}
