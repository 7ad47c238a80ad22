import Foundation
import TestSupport
import Testing

/// R12: texts and templates that would break a message.
@Suite(.timeLimit(.minutes(5))) struct HostileMessages {
  private static let hostile = #"</script>"'\ {{ . }} @channel <!here> ]]> %s"#

  /// As the rule file has it, in Go's quotes within those of YAML.
  private static let quoted = hostile.replacing("\\", with: "\\\\")
    .replacing("\"", with: "\\\"").replacing("'", with: "''")

  private static let rules = """
    groups:
      - name: mcp
        rules:
          - alert: Open
            expr: mcp_health_status{status="circuit_open"} == 1
            annotations:
              hostile: '{{ "\(quoted)" }}'
              lines: "one\\ntwo\\r\\n\\tthree"
              long: '\(String(repeating: "é", count: 30_000))'
              huge: '{{ printf "%1048576s" "x" }}'

    """

  /// A chat whose template fails when it runs, and a webhook.
  @Test func `R12: hostile texts arrive, long ones cut, and a template that fails loses none`()
    async throws
  {
    let bench = try RuleBench()
    let hook = ScriptedReceiver()
    let chat = ScriptedReceiver()
    try bench.scratch.write("rules.yml", Self.rules)
    try bench.scratch.write(
      "breakwater.yml",
      """
      global: {probe_interval: 1s, probe_timeout: 1s}
      circuit_breaker: {failure_threshold: 2}
      rule_files: [rules.yml]
      route: {receiver: both, group_by: [alertname, mcp], group_wait: 0s, group_interval: 1s}
      receivers:
        - name: both
          webhook_configs: [{url: "\(hook.url)"}]
          slack_configs:
            - api_url: "\(chat.url)"
              text: '{{ (index .Alerts 99).Labels.mcp }}'
      mcps: [{name: one, url: "\(bench.servers.url("one"))"}]
      """)
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(["one"], to: "500")
    let message = Webhook(try #require(try await hook.requests(count: 1).first))
    let annotations = message.body["alerts"].array.first?["annotations"] ?? .null
    #expect(annotations["hostile"].string == Self.hostile)
    #expect(annotations["lines"].string == "one\ntwo\r\n\tthree")
    let long = try #require(annotations["long"].string)
    #expect(long.utf8.count <= 16_384 && long.hasSuffix("é… (cut)"))
    let huge = try #require(annotations["huge"].string)
    #expect(huge.utf8.count <= 16_384 && huge.contains("error"), "\(huge.prefix(200))")

    let told = try #require(try await chat.requests(count: 1).first)
    let body = try JSONDecoder().decode(JSON.self, from: Data(told.body))
    let text = try #require(body["attachments"].array.first?["text"].string)
    #expect(text.contains("template error") && text.contains("Open"), "\(text)")
    try await until("both are delivered") {
      let page = try await agent.metrics()
      let delivered = page.samples.filter { $0.name == "breakwater_notifications_total" }
      return delivered.reduce(0) { $0 + $1.value } == 2
    }
    #expect(try await agent.process.stop() == 0)
  }
}
