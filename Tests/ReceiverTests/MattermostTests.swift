import Notifications
import Templates
import Testing

/// Attachments, which only Mattermost has several of.
@Suite struct MattermostAttachments {
  private static func body(
    _ texts: [String], text: String? = nil, _ adjust: (inout OutgoingMessage) -> Void = { _ in }
  ) throws -> ReadBody {
    var settings = MattermostSettings(webhookURL: Samples.secret)
    settings.text = try text.map(Samples.template)
    for text in texts {
      var attachment = MattermostSettings.Attachment()
      attachment.text = try Samples.template(text)
      settings.attachments.append(attachment)
    }
    var message = Samples.message([Samples.alert()])
    adjust(&message)
    return try ReadBody(.mattermost(settings), message, Samples.context())
  }

  @Test func `attachments that say something need no text`() throws {
    let body = try Self.body(["{{ .Status }}"])
    #expect(body.text("attachments.0.text") == "firing")
    #expect(body.value("text") == nil && body.problem == nil)
  }

  @Test func `what a failed attachment should say is in the text`() throws {
    for texts in [["{{ index .Alerts 7 }}"], ["{{ .Status }}", "{{ index .Alerts 7 }}"]] {
      let text = try Self.body(texts).text("text")
      #expect(text.contains("weather is down") && text.contains("(template error: "))
    }
    let own = try Self.body(["{{ index .Alerts 7 }}"], text: "own").text("text")
    #expect(own.hasPrefix("own\n\\(template error: "))
  }

  @Test func `attachments that say nothing give way to the default text`() throws {
    #expect(try Self.body(["{{ if false }}x{{ end }}"]).text("text").contains("weather is down"))
  }

  @Test func `a message sent by hand says so in its text`() throws {
    let body = try Self.body(["{{ .Status }}"]) { $0.isTest = true }
    #expect(body.text("text").contains("TEST"))
  }

  @Test func `as many attachments are sent as may be configured`() throws {
    let texts = (0..<MattermostSettings.attachmentsMax).map { "\($0)" }
    #expect(try Self.body(texts).text("attachments.9.text") == "9")
    #expect(texts.count == 10)
  }
}
