import Foundation
import TestSupport
import Testing

/// From an MCP that fails to the webhook.
@Suite(.timeLimit(.minutes(5))) struct Alerts {
  /// The pack's own rule, its payload and its signature.
  @Test func anOutageIsToldOfAndItsEndToo() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver()
    let secret = "a secret of 24 characters"
    try bench.configure(
      ["one"], rules: projectRoot.appending(path: "rules/mcp.yml").path,
      global: "external_labels: {site: lab}",
      webhooks: ["url: \"\(receiver.url)\", signing_secret: \"\(secret)\""])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    #expect(receiver.webhooks.map(\.status) == [])

    try await bench.turn(["one"], to: "500")
    try await receiver.told("one", "firing")
    let opened = try await agent.events(of: "one").first { $0["type"].string == "circuit_opened" }
    try await bench.turn(["one"], to: "ok")
    try await receiver.told("one", "resolved")
    let messages = receiver.webhooks
    try #require(messages.map(\.status) == ["firing", "resolved"])
    let begun = try #require(opened.map { instant($0["timestamp"].string) })
    #expect(messages[0].request.arrivedAtWall - begun < 30)

    expectPayload(messages[0], status: "firing", reason: "first notification")
    expectPayload(messages[1], status: "resolved", reason: "all alerts resolved")
    let alerts = messages.map { $0.body["alerts"].array[0] }
    #expect(alerts[0]["fingerprint"] == alerts[1]["fingerprint"])
    #expect(alerts[0]["startsAt"] == alerts[1]["startsAt"])
    #expect(alerts[0]["endsAt"].string == "0001-01-01T00:00:00Z")
    #expect(instant(alerts[1]["endsAt"].string) > instant(alerts[1]["startsAt"].string))
    #expect(messages[0].key != messages[1].key)
    for message in messages {
      try await expectSignature(of: message, by: secret, in: bench.scratch)
    }
    #expect(try await agent.process.stop() == 0)
  }

  private func expectPayload(_ message: Webhook, status: String, reason: String) {
    let body = message.body
    #expect(message.request.line == "POST /hook HTTP/1.1")
    #expect(message.request.headers["content-type"] == "application/json")
    #expect(body["version"].string == "4")
    #expect(body["groupKey"].string == #"{}:{alertname="McpCircuitOpen", mcp="one"}"#)
    #expect(body["truncatedAlerts"].number == 0)
    #expect(body["receiver"].string == "hook")
    #expect(body["delivery_id"].string == message.key && !message.key.isEmpty)
    #expect(body["notification_reason"].string == reason)
    #expect(body["groupLabels"].keys == ["alertname", "mcp"])
    let labels = JSON.object([
      "alertname": .string("McpCircuitOpen"), "mcp": .string("one"), "site": .string("lab"),
      "severity": .string("critical"), "status": .string("circuit_open"),
    ])
    #expect(body["commonLabels"] == labels)
    #expect(body["commonAnnotations"]["summary"].string == "The circuit of one is open")
    #expect(body["alerts"].array.count == 1)
    let alert = body["alerts"].array.first ?? .null
    #expect(alert["status"].string == status)
    #expect(alert["labels"] == labels)
    #expect(alert["annotations"].keys == ["description", "runbook_url", "summary"])
    #expect(alert["fingerprint"].string?.count == 16)
  }

  private func expectSignature(
    of message: Webhook, by secret: String, in scratch: Scratch
  ) async throws {
    let timestamp = try #require(message.request.timestamp)
    let sent = try #require(Double(timestamp))
    #expect(abs(sent - message.request.arrivedAtWall) < 60)
    let signed = try scratch.write("signed", "\(timestamp):\(message.request.text)")
    let openssl = try await runCommand(
      "openssl", ["dgst", "-sha256", "-hmac", secret, signed.path], in: scratch)
    let digest = openssl.output.split { $0.isWhitespace }.last.map { String($0) }
    #expect(message.request.signature == digest, "\(openssl.output)\(openssl.errors)")
  }

  /// Rules that are evaluated once an hour, and an MCP's circuit: of three, one at least must not
  /// have been held up by what else the machine does.
  @Test func aTransitionIsToldOfAtOnce() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver()
    let names = ["one", "two", "three"]
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(names, evaluation: "1h", webhooks: ["url: \"\(receiver.url)\""])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(names, to: "500")
    for name in names { try await receiver.told(name, "firing") }
    var delays: [Double] = []
    for name in names {
      let events = try await agent.events(of: name)
      let opened = try #require(events.last { $0["type"].string == "circuit_opened" })
      let message = try #require(receiver.webhooks(of: name).first)
      delays.append(message.request.arrivedAtWall - instant(opened["timestamp"].string))
    }
    #expect(try #require(delays.min()) < 1, "seconds: \(delays)")
    #expect(try #require(delays.max()) < 30, "seconds: \(delays)")

    try await bench.turn(names, to: "ok")
    for name in names { try await receiver.told(name, "resolved") }
    let page = try await agent.metrics()
    let group = ["rule_group": "\(bench.scratch.path("rules.yml").path);mcp"]
    #expect(page.value("breakwater_rule_group_interval_seconds", group) == 3600)
    let atOnce = page.value("breakwater_rule_group_iterations_at_once_total", group)
    #expect(atOnce.map { $0 >= 2 } == true, "\(String(describing: atOnce))")
    #expect(try await agent.process.stop() == 0)
  }
}
