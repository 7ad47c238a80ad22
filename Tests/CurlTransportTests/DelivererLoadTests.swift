import CurlTransport
import Foundation
import Notifications
import TestSupport
import Testing

/// Many deliveries at once, bounds, and the end.
@Suite struct DelivererLoadTests {
  @Test func aHangingReceiverDelaysNoOther() async throws {
    let hanging = ScriptedReceiver(then: .hang)
    let healthy = ScriptedReceiver()
    let delivering = try Delivering()
    defer { delivering.deliverer.stop() }
    delivering.deliverer.start((1...10).map { delivery(hanging.url, message: $0) })
    delivering.deliverer.start((101...150).map { delivery(healthy.url, message: $0) })
    let reports = try await delivering.reports(count: 50)
    #expect(reports.compactMap(\.id.message).sorted() == Array(101...150))
    #expect(reports.allSatisfy { $0.result.short == "200" })
    #expect(Set(healthy.requests.map(\.idempotencyKey)).count == 50)
    #expect(delivering.deliverer.inFlight == 10)
  }

  @Test func theThreadHasItsName() async throws {
    let receiver = ScriptedReceiver()
    let delivering = try Delivering()
    defer { delivering.deliverer.stop() }
    delivering.deliverer.start([delivery(receiver.url)])
    _ = try await delivering.reports(count: 1)
    let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
    let names = tasks.compactMap {
      try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
    }
    #expect(names.contains("notifier\n"))
  }

  @Test func oneMoreThanTheBoundFailsAtOnce() async throws {
    let hanging = ScriptedReceiver(then: .hang)
    let delivering = try Delivering { $0.ordersMax = 2 }
    defer { delivering.deliverer.stop() }
    delivering.deliverer.start((1...3).map { delivery(hanging.url, message: $0) })
    let reports = try await delivering.reports(count: 1)
    #expect(reports.map(\.id.message) == [3])
    #expect(reports[0].result.short == "local")
    #expect(delivering.deliverer.inFlight == 2)
  }

  @Test func theEndAnswersEverythingOnce() async throws {
    let hanging = ScriptedReceiver(then: .hang)
    let delivering = try Delivering()
    delivering.deliverer.start((1...5).map { delivery(hanging.url, message: $0) })
    _ = try await hanging.requests(count: 5)
    delivering.deliverer.stop()
    delivering.deliverer.stop()
    delivering.deliverer.start([delivery(hanging.url, message: 6)])
    let reports = delivering.reports
    #expect(reports.compactMap(\.id.message).sorted() == Array(1...6))
    let end = DeliveryResult.failed(.local, detail: "the agent ends", mayHaveArrived: true)
    #expect(reports.prefix(5).allSatisfy { $0.result == end })
    #expect(reports.last?.result.short == "local")
    #expect(delivering.deliverer.inFlight == 0)
  }

  @Test func aScriptOfAnswersIsGivenInOrder() async throws {
    let receiver = ScriptedReceiver([.status(500), .reset, .status(429)])
    let delivering = try Delivering()
    defer { delivering.deliverer.stop() }
    for count in 1...4 {
      delivering.deliverer.start([delivery(receiver.url)])
      _ = try await delivering.reports(count: count)
    }
    // On a kept connection that is reset, the transport itself asks once more, with the same key.
    #expect(delivering.reports.map(\.result.short) == ["500", "429", "200", "200"])
    let requests = try await receiver.requests(count: 5)
    #expect(requests.allSatisfy { $0.idempotencyKey == "key-1" })
    #expect(requests.map(\.arrivedAt) == requests.map(\.arrivedAt).sorted())
  }
}
