import Notifications
import Signals
import Testing

/// URLs in what alerts say, of which receivers make links.
@Suite struct BareURLs {
  private static func text(_ value: String, _ target: ReceiverTarget) throws -> String {
    let alert = Samples.alert(annotations: [Label(name: "description", value: value)])
    let body = try ReadBody(target, Samples.message([alert]), Samples.context())
    return body.text(ReadBody.listPath(target.kind))
  }

  private static func targets() throws -> (
    discord: ReceiverTarget, mattermost: ReceiverTarget, teams: ReceiverTarget
  ) {
    let template = try Samples.template("[{{ .CommonAnnotations.description }}]")
    var discord = DiscordSettings(webhookURL: Samples.secret)
    discord.message = template
    var mattermost = MattermostSettings(webhookURL: Samples.secret)
    mattermost.text = template
    var teams = MSTeamsSettings(webhookURL: Samples.secret)
    teams.text = template
    return (.discord(discord), .mattermost(mattermost), .msteamsv2(teams))
  }

  @Test(arguments: [
    ("https://grafana/d/ab_cd/x#p", "https://grafana/d/ab_cd/x#p"),
    ("HTTP://x/a-b?c=d&e=f+g", "HTTP://x/a-b?c=d&e=f+g"),
    ("a_b (https://x/c_d). e_f", #"a\_b \(https://x/c_d). e\_f"#),
    ("https://x/A_(b)", "https://x/A%5F%28b%29"), ("(https://x/(b))", #"\(https://x/%28b%29)"#),
    ("见https://x/路_径", "见https://x/路%5F径"), (#""https://x/a_b"_"#, #""https://x/a_b"\_"#),
    ("https://x/_a_/__b__", "https://x/%5Fa%5F/%5F%5Fb%5F%5F"),
    ("https://x](http://evil.test)", "https://x%5D%28http://evil.test%29"),
    ("https://x|y~~a~~", "https://x%7Cy%7E%7Ea%7E%7E"),
    ("https://x/**b**`c`", "https://x/%2A%2Ab%2A%2A%60c%60"),
    (#"https://x/\_a'b'"#, "https://x/%5C%5Fa%27b'"),
    ("https://x<b_c", #"https://x\<b\_c"#), ("https://x\n# a", "https://x\n\\# a"),
    ("xhttps://a_b", #"xhttps://a\_b"#), ("https://_a_", #"https://\_a\_"#),
    ("https:// a_b", #"https:// a\_b"#), ("ftp://a_b", #"ftp://a\_b"#),
  ])
  func `are left alone but for what is markup`(_ value: String, _ expected: String) throws {
    let targets = try Self.targets()
    for target in [targets.discord, targets.mattermost] {
      #expect(try Self.text(value, target) == "[\(expected)]")
    }
    let paragraphs = expected.replacing("\n", with: "\n\n")
    #expect(try Self.text(value, targets.teams) == "[\(paragraphs)]")
  }

  @Test func `name nobody`() throws {
    let value = "https://user@x/@all @all"
    let targets = try Self.targets()
    #expect(try Self.text(value, targets.mattermost) == "[https://user@x/%40all @\u{200b}all]")
    #expect(try Self.text("https://x/&#64;all", targets.mattermost) == "[https://x/&#64%3Ball]")
    for (mode, expected) in [
      (TelegramSettings.ParseMode.html, "https://user@x/%40all @\u{200b}all"),
      (.markdownV2, "https://user@x/%40all @\u{200b}all"),
      (.markdown, "https://user@x/%40all @\u{200b}all"),
      (.plain, "https://user@x/%40all @\u{200b}all"),
    ] {
      var settings = Samples.telegram(mode)
      settings.message = try Samples.template("{{ .CommonAnnotations.description }}")
      #expect(try Self.text(value, .telegram(settings)) == expected)
    }
  }

  @Test func `are escaped where that is no part of them`() throws {
    for (mode, expected) in [
      (TelegramSettings.ParseMode.html, "https://x/a_b.&#39;c&#39;?d&amp;e."),
      (.markdownV2, #"https://x/a\_b\.'c'?d&e\."#), (.markdown, "https://x/a%5Fb.%27c%27?d&e."),
    ] {
      var settings = Samples.telegram(mode)
      settings.message = try Samples.template("{{ .CommonAnnotations.description }}")
      #expect(try Self.text("https://x/a_b.'c'?d&e.", .telegram(settings)) == expected)
    }
  }
}
