import Alerting
import PromQL
import Signals
import Testing

struct TimeLimitTests {
  /// A stopwatch that goes on by a second whenever it is looked at.
  private final class Watch {
    private var seconds = 0.0

    func read() -> MonotonicInstant {
      seconds += 1
      return MonotonicInstant(elapsed: .seconds(seconds))
    }
  }

  @Test(arguments: [(3, RuleHealth.ok), (60, .err)])
  func theLimitCoversTheAlertsOfAResultToo(elements: Int, health: RuleHealth) throws {
    let group = RuleGroup("g", try Rule.alert("Down", "x == 0"))
    var running = RunningGroup(group, keys: RuleKey.keys(of: [group])[0])
    var store = TestStore()
    for number in 0..<elements {
      store.memory.append(["__name__": "x", "mcp": "\(number)"], time: 0, value: 0)
    }
    let watch = Watch()
    let environment = RuleEnvironment(
      engine: EngineOptions(), timeout: .seconds(30), stopwatch: watch.read)
    let result = running.evaluate(at: Timestamp(seconds: 0), over: &store, environment)
    #expect(running.status.rules[0].health == health)
    #expect(result.alerts.count == (health == .ok ? elements : 0))
    let error = running.status.rules[0].lastError
    #expect(error == (health == .ok ? nil : "query timed out in expression evaluation"))
  }
}
