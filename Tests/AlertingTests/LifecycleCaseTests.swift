import Alerting
import Foundation
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// One rule and one alert over many evaluations, as `rules-lifecycle.json` says it must go.
private struct Trace: Decodable {
  struct Sending: Decodable, Equatable {
    var t: Int64
    var status: String
    var starts_at: Int64
    var ends_at: Int64
  }

  var interval_ms: Int64
  var for_ms: Int64
  var keep_firing_for_ms: Int64
  var resend_delay_ms: Int64
  var results: [Double?]
  var states: [String]
  var for_state_seconds: [Double?]
  var sends: [Sending]
}

private struct Restoring: Decodable {
  var name: String
  var for_s: Int64
  var grace_s: Int64
  var tolerance_s: Int64
  var last_sample_t: Int64
  var last_sample_value: Int64
  var restore_t: Int64
  var restored_active_at: Int64?
}

private struct Cases: Decodable {
  var traces: [Trace]
  var restore: [Restoring]

  static let shared = SharedCases.data("rules-lifecycle.json").flatMap {
    try? JSONDecoder().decode(Cases.self, from: $0)
  }
}

@Suite(.enabled(if: Cases.shared != nil, "no ../shared/cases/rules-lifecycle.json"))
struct LifecycleCaseTests {
  @Test func everyTraceGoesAsPrometheusHasIt() throws {
    let cases = try #require(Cases.shared)
    #expect(cases.traces.count >= 60)
    for (number, trace) in cases.traces.enumerated() {
      let came = try Run(trace)
      #expect(came.states == trace.states, "states of trace \(number)")
      #expect(came.since == trace.for_state_seconds, "ALERTS_FOR_STATE of trace \(number)")
      #expect(came.sends == trace.sends, "sends of trace \(number)")
    }
  }

  @Test func everyPendingAlertComesBackAsPrometheusHasIt() throws {
    let cases = try #require(Cases.shared)
    #expect(cases.restore.count >= 18)
    for item in cases.restore {
      var restore = AlertRestore()
      restore.gracePeriod = .seconds(item.grace_s)
      restore.outageTolerance = .seconds(item.tolerance_s)
      let came = restore.activeAt(
        Timestamp(seconds: item.last_sample_value),
        lastSeen: Timestamp(seconds: item.last_sample_t),
        holdDuration: .seconds(item.for_s), now: Timestamp(seconds: item.restore_t))
      #expect(came == item.restored_active_at.map { Timestamp(seconds: $0) }, "\(item.name)")
    }
  }
}

/// What came of a trace.
private struct Run {
  var states: [String] = []
  var since: [Double?] = []
  var sends: [Trace.Sending] = []

  init(_ trace: Trace) throws {
    let rule = try Rule.alert(
      "A", "x", hold: .milliseconds(trace.for_ms), keep: .milliseconds(trace.keep_firing_for_ms))
    let group = RuleGroup("g", interval: .milliseconds(trace.interval_ms), rule)
    var running = RunningGroup(group, keys: RuleKey.keys(of: [group])[0])
    var store = TestStore()
    var environment = RuleEnvironment()
    environment.resendDelay = .milliseconds(trace.resend_delay_ms)
    for (step, result) in trace.results.enumerated() {
      let time = Int64(step) * trace.interval_ms
      let value = result ?? StaleMarker.value
      store.memory.append(["__name__": "x"], time: time, value: value)
      let evaluation = running.evaluate(
        at: Timestamp(milliseconds: time), over: &store, environment)
      states.append(try Self.state(in: store, at: time))
      since.append(try Self.query("ALERTS_FOR_STATE", store, at: time).first?.sample.value)
      sends += evaluation.alerts.map {
        Trace.Sending(
          t: time, status: $0.isResolved ? "resolved" : "firing",
          starts_at: $0.startsAt.milliseconds, ends_at: $0.endsAt.milliseconds)
      }
    }
  }

  private static func state(in store: TestStore, at time: Int64) throws -> String {
    let shown = try query("ALERTS", store, at: time)
    #expect(shown.count <= 1)
    return shown.first?.labels["alertstate"] ?? "inactive"
  }

  private static func query(
    _ text: String, _ store: TestStore, at time: Int64
  ) throws -> [VectorElement] {
    let query = try Query(Expression(parsing: text))
    guard case .vector(let elements) = try query.evaluate(at: time, over: store.samples).value
    else { return [] }
    return elements
  }
}
