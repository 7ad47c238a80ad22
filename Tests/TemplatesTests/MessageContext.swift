import Signals
import Templates

/// The message that the cases are about.
enum MessageContext {
  static var data: MessageData {
    var data = MessageData(alerts: alerts)
    data.receiver = "team-x"
    data.groupKey = #"{}:{alertname="McpDown"}"#
    data.groupLabels = [Label(name: "alertname", value: "McpDown")]
    data.commonLabels = [
      Label(name: "alertname", value: "McpDown"), Label(name: "region", value: "eu"),
    ]
    data.commonAnnotations = [Label(name: "team", value: "a & b")]
    data.externalURL = "https://mon.example:9090/x"
    data.reason = "new alerts added"
    data.now = Timestamp(milliseconds: 1_798_761_600_500)
    return data
  }

  private static let alerts = [
    alert(
      "weather", more: [("html", "<a&'\">"), ("severity", "critical")],
      annotations: [
        ("runbook_url", "https://r.example/x?y=1&z=2"), ("summary", "Down: *weather*"),
      ], from: 1_782_901_845_123, url: "https://mon.example:9090/x/graph?g0.expr=up",
      fingerprint: 0xab),
    alert("maps", from: 1_798_759_800_000, fingerprint: 0x1234_5678_9abc_def0),
    alert("mail", from: 1_774_745_999_000, to: 1_774_746_000_000, fingerprint: .max),
  ]

  private static func alert(
    _ mcp: String, more: [(String, String)] = [], annotations: [(String, String)] = [],
    from: Int64, to: Int64? = nil, url: String = "", fingerprint: UInt64
  ) -> MessageAlert {
    MessageAlert(
      labels: pairs(more + [("alertname", "McpDown"), ("mcp", mcp), ("region", "eu")]),
      annotations: pairs(annotations + [("team", "a & b")]),
      startsAt: Timestamp(milliseconds: from), endsAt: to.map(Timestamp.init(milliseconds:)),
      generatorURL: url, fingerprint: fingerprint)
  }

  private static func pairs(_ pairs: [(String, String)]) -> [Label] {
    pairs.map { Label(name: $0.0, value: $0.1) }.sorted { $0.name < $1.name }
  }

  /// The output, or the error.
  static func result(
    of text: String, _ data: MessageData = data, name: String = "T",
    library: TemplateLibrary = TemplateLibrary(),
    escaping: @escaping TextEscaping = { $0 }
  ) -> String {
    do {
      let template = try MessageTemplate(parsing: text, name: name, library: library)
      return try template.expanded(with: data, escaping: escaping, zone: Self.zone)
    } catch {
      return error.description
    }
  }

  /// As the time zone database has them in the years of the cases.
  static func zone(_ name: String) -> TimeZoneRules? {
    switch name {
    case "Europe/Berlin":
      rules(
        name, (0, 3600, "CET"), (1_774_746_000, 7200, "CEST"), (1_792_890_000, 3600, "CET"))
    case "Asia/Kolkata": rules(name, (0, 19_800, "IST"))
    case "America/St_Johns": rules(name, (1_772_948_000, -9000, "NDT"))
    default: nil
    }
  }

  private static func rules(_ name: String, _ changes: (Int64, Int, String)...) -> TimeZoneRules {
    TimeZoneRules(
      name: name,
      changes: changes.map { at, offset, abbreviation in
        TimeZoneRules.Change(
          at: Timestamp(milliseconds: at * 1000), offset: offset, abbreviation: abbreviation)
      })
  }
}
