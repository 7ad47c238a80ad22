import Notifications
import Signals
import Templates
import Testing

/// Texts that users write.
@Suite struct OwnTemplates {
  private static func slack(_ adjust: (inout SlackSettings) throws -> Void) rethrows
    -> ReceiverTarget
  {
    var settings = SlackSettings(.webhook(Samples.secret))
    try adjust(&settings)
    return .slack(settings)
  }

  private static func telegram(
    _ text: String, _ mode: TelegramSettings.ParseMode = .html
  ) throws -> ReceiverTarget {
    var settings = Samples.telegram(mode)
    settings.message = try Samples.template(text)
    return .telegram(settings)
  }

  private static func text(
    _ target: ReceiverTarget, _ message: OutgoingMessage = Samples.message([Samples.alert()])
  ) throws -> String {
    let body = try ReadBody(target, message, Samples.context())
    return body.text(ReadBody.listPath(target.kind))
  }

  @Test func `a file of the user's takes the place of a default`() throws {
    let context = Samples.context(
      #"{{ define "slack.default.title" }}mine: {{ .Status }}{{ end }}"#)
    let target = Samples.targets[0]
    let body = try ReadBody(target, Samples.message([Samples.alert()]), context)
    #expect(body.text("attachments.0.title") == "mine: firing")
  }

  @Test(arguments: Samples.targets)
  func `a text that fails gives way to the default, with a mark`(_ target: ReceiverTarget) throws {
    let failing = try Samples.template("{{ index .Alerts 7 }}")
    let body = try ReadBody(
      target.with(text: failing), Samples.message([Samples.alert()]), Samples.context())
    let text = body.text(ReadBody.listPath(target.kind))
    #expect(text.contains("template error") && text.contains("weather"))
    #expect(body.problem?.contains("index") == true)
    #expect(VendorRules.of(target.kind).problem(in: body, of: target.kind) == nil)
  }

  @Test(arguments: Samples.targets)
  func `a default that fails gives way to ours`(_ target: ReceiverTarget) throws {
    let names = [
      "slack.default.text", "mattermost.default.text", "discord.default.message",
      "msteamsv2.default.text", "telegram.default.message", "matrix.default.text",
      "matrix.default.html",
    ]
    let context = Samples.context(
      names.map { "{{ define \"\($0)\" }}{{ index .Alerts 7 }}{{ end }}" }.joined())
    let body = try ReadBody(target, Samples.message([Samples.alert()]), context)
    #expect(body.text(ReadBody.listPath(target.kind)).contains("template error"))
    #expect(body.text(ReadBody.listPath(target.kind)).contains("Probes of weather"))
  }

  @Test func `a title that fails is told of in the text`() throws {
    let target = try Self.slack { $0.title = try Samples.template("{{ index .Alerts 7 }}") }
    let body = try ReadBody(target, Samples.message([Samples.alert()]), Samples.context())
    #expect(body.text("attachments.0.title") == "🔴 weather is down")
    #expect(body.text("attachments.0.text").contains("(template error: "))
  }

  @Test func `a needed text that comes out empty gives way to the default`() throws {
    let text = try Self.text(try Self.telegram("{{ if false }}x{{ end }}"))
    #expect(text.contains("weather is down") && text.contains("there is no text"))
  }

  @Test func `what is not listed is said, unless the template says it`() throws {
    let many = Samples.message((0..<70).map { Samples.alert(mcp: "mcp-\($0)") })
    let silent = try Self.text(
      try Self.telegram("{{ range .Alerts }}{{ .Labels.mcp }} {{ end }}"), many)
    #expect(silent.hasSuffix("\n+20 more"))
    let saying = try Self.text(
      try Self.telegram("{{ range .Alerts }}.{{ end }} (+{{ .TruncatedAlerts }} more) end"), many)
    #expect(saying.hasSuffix("(+20 more) end"))
  }

  @Test func `broken HTML is repaired, since Telegram would refuse it`() throws {
    let rows = [
      ("<b>a", "<b>a</b>"), ("a</b>c", "ac"), ("<b><i>a</b>c", "<b><i>a</i></b>c"),
      ("1 < 2 & 3", "1 &lt; 2 &amp; 3"), ("<script>x</script>", "x"),
      ("<a href=\"javascript:x\">a</a>", "a"),
      ("<a href=\"http://x?a&b\">a</a>", "<a href=\"http://x?a&amp;b\">a</a>"),
      ("<b class=\"x\">a</b>", "<b>a</b>"), ("<3", "&lt;3"), ("&nope;", "&amp;nope;"),
      ("<span>a</span>", "a"),
      ("<a href='http://x?a&b'>a</a>", "<a href=\"http://x?a&amp;b\">a</a>"),
      ("<a href='http://x/\"y>z'>a</a>", "<a href=\"http://x/&quot;y>z\">a</a>"),
      ("<a href='http://x>a</a>", "&lt;a href='http://x>a"), ("<b don't>a", "&lt;b don't&gt;a"),
      ("<span class=\"tg-spoiler\">a</span>", "<span class=\"tg-spoiler\">a</span>"),
    ]
    for (text, expected) in rows {
      #expect(try Self.text(try Self.telegram(text)) == expected)
    }
  }

  @Test func `a long text is cut between characters, and closed`() throws {
    let family = "👩‍👩‍👧"
    let rows: [(ReceiverTarget, String)] = [
      (try Self.telegram("<b>" + String(repeating: family, count: 900) + "</b>"), family + "…</b>"),
      (try Self.telegram("<b>" + String(repeating: "&lt;", count: 5000)), "&lt;…</b>"),
      (
        try Self.telegram("*" + String(repeating: "\\.", count: 3000) + "*", .markdownV2),
        "\\.…*"
      ),
      (
        try Self.slack {
          $0.text = try Samples.template(String(repeating: "<http://x|y>", count: 900))
        },
        "<http://x|y>…"
      ),
    ]
    for (target, end) in rows {
      let text = try Self.text(target)
      #expect(text.hasSuffix(end), "\(text.suffix(30))")
      #expect(MarkupValidator.shown(ofHTML: text).unicodeScalars.count <= 8000)
    }
  }

  @Test func `markup is the template's, and text is the alert's`() throws {
    let alert = Samples.alert(mcp: "<b>&*_")
    let target = try Self.telegram("<b>{{ .CommonLabels.mcp | toUpper }}</b>")
    #expect(try Self.text(target, Samples.message([alert])) == "<b>&lt;B&gt;&amp;*_</b>")
  }

  @Test func `what an alert says ends no attribute`() throws {
    for quote in ["'", "\""] {
      var alert = Samples.alert()
      alert.generatorURL = "http://x/\(quote) class=\(quote)y"
      let target = try Self.telegram(
        "{{ range .Alerts }}<a href=\(quote){{ .GeneratorURL }}\(quote)>Graph</a>{{ end }}")
      let text = try Self.text(target, Samples.message([alert]))
      let shown = quote == "'" ? "&#39;" : "&quot;"
      #expect(text == "<a href=\"http://x/\(shown) class=\(shown)y\">Graph</a>")
    }
  }

  @Test func `Telegram's first Markdown has look-alikes of what cannot be escaped`() throws {
    let alert = Samples.alert(mcp: "a*b_c`d[e\\")
    let target = try Self.telegram("*{{ .CommonLabels.mcp }}*", .markdown)
    #expect(try Self.text(target, Samples.message([alert])) == "*a∗b＿cˋd［e＼*")
  }

  @Test func `titles know of all alerts, and of the first when all cost too much`() throws {
    let many = Samples.message((0..<200).map { Samples.alert(mcp: "mcp-\($0)") })
    let rows = [
      ("[FIRING:{{ .Alerts.Firing | len }}]", "[FIRING:200]"),
      (
        "{{ len .Alerts }} {{ range .Alerts }}\(String(repeating: "x", count: 400)){{ end }}",
        "50 \(String(repeating: "x", count: 1020))…"
      ),
    ]
    for (text, expected) in rows {
      let title = try Samples.template(text)
      let target = Self.slack {
        $0.title = title
        $0.footer = title
        $0.titleLink = title
      }
      let body = try ReadBody(target, many, Samples.context())
      #expect(body.text("attachments.0.title") == expected)
      #expect(body.text("attachments.0.footer").hasPrefix(expected.prefix(200)))
      #expect(body.problem == nil)
    }
  }

  @Test func `names that files for Alertmanager call are there`() throws {
    let names = [
      "__alertmanager", "__alertmanagerURL", "__subject", "__description",
      "slack.default.username", "slack.default.pretext", "slack.default.iconemoji",
      "slack.default.iconurl", "slack.default.callbackid",
    ]
    let calls = names.map { "{{ template \"\($0)\" . }}|" }.joined()
    #expect(
      try Self.text(try Self.telegram(calls, .plain))
        == "Breakwater|http://agent.test:9095/|🔴 weather is down||Breakwater|||||")
    for name in ["__text_alert_list", "__text_alert_list_markdown"] {
      let both = Samples.message([Samples.alert(), Samples.alert(mcp: "maps", resolved: true)])
      let text = try Self.text(
        try Self.telegram("{{ template \"\(name)\" .Alerts.Firing }}", .plain), both)
      #expect(text.contains("weather is down") && text.contains("connect_refused"))
      #expect(!text.contains("maps"))
    }
  }

  @Test func `a message sent by hand says so`() throws {
    var message = Samples.message([Samples.alert()])
    message.isTest = true
    for target in Samples.targets {
      let body = try ReadBody(target, message, Samples.context())
      let first = [
        "attachments.0.title", "embeds.0.title", "attachments.0.content.body.0.text", "text",
        "body",
      ]
      .map { body.text($0) }.first { !$0.isEmpty }
      let plain = first?.replacing("\\", with: "")
      #expect(plain?.contains("[TEST] ") == true)
    }
  }

  @Test func `links lead to http and https only`() throws {
    let target = try Self.slack {
      $0.titleLink = try Samples.template("javascript:alert(1)")
      $0.imageURL = try Samples.template("https://x.test/a b")
    }
    let body = try ReadBody(target, Samples.message([Samples.alert()]), Samples.context())
    #expect(body.value("attachments.0.title_link") == nil)
    #expect(body.text("attachments.0.image_url") == "https://x.test/a%20b")
  }

  @Test func `tags count as they are written where bytes count`() throws {
    let alert = Samples.alert(annotations: [
      Label(name: "description", value: String(repeating: "x\n", count: 4000))
    ])
    let target = ReceiverTarget.matrix(Samples.matrix)
    let body = try ReadBody(target, Samples.message([alert]), Samples.context())
    #expect(VendorRules.of(.matrix).problem(in: body, of: .matrix) == nil)
  }

  @Test func `a body has the bound that is left to it`() throws {
    let many = Samples.message((0..<70).map { Samples.alert(mcp: "mcp-\($0)") })
    for target in Samples.targets {
      let whole = try ReadBody(target, many, Samples.context())
      let small = try ReadBody(target, many, Samples.context(bytesMax: 1500))
      #expect(small.bytes.count < whole.bytes.count)
      #expect(small.text(ReadBody.listPath(target.kind)).contains(" more"))
    }
  }
}

extension ReceiverTarget {
  /// With another text that lists alerts.
  fileprivate func with(text: MessageTemplate) -> ReceiverTarget {
    switch self {
    case .webhook: return self
    case .slack(var settings):
      settings.text = text
      return .slack(settings)
    case .mattermost(var settings):
      settings.text = text
      return .mattermost(settings)
    case .discord(var settings):
      settings.message = text
      return .discord(settings)
    case .msteamsv2(var settings):
      settings.text = text
      return .msteamsv2(settings)
    case .telegram(var settings):
      settings.message = text
      return .telegram(settings)
    case .matrix(var settings):
      settings.text = text
      return .matrix(settings)
    }
  }
}
