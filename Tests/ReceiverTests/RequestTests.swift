import Notifications
import Signals
import Testing

@Suite struct Requests {
  private static func lines(_ target: ReceiverTarget) -> [String] {
    let request = target.receiver.request(idempotencyKey: "agent-7 /é")
    return ["\(request.method.rawValue) \(request.url.exposed)"]
      + request.headers.map { "\($0.name): \($0.value.exposed)" }
  }

  private static func discord(_ url: String) -> ReceiverTarget {
    .discord(DiscordSettings(webhookURL: Secret(url)))
  }

  @Test func `each kind is asked in its own way`() {
    #expect(Self.lines(Samples.targets[0]) == ["POST http://hook.test/secret"])
    #expect(
      Self.lines(.slack(SlackSettings(Samples.slackBot))) == [
        "POST https://slack.com/api/chat.postMessage", "Authorization: Bearer xoxb-token",
      ])
    #expect(
      Self.lines(.telegram(Samples.telegram(.html))) == [
        "POST https://api.telegram.org/bot1:token/sendMessage"
      ])
    #expect(
      Self.lines(.matrix(Samples.matrix)) == [
        "PUT https://matrix.test/_matrix/client/v3/rooms/%21room%3Amatrix.test/send"
          + "/m.room.message/agent-7%20%2F%C3%A9", "Authorization: Bearer syt_token",
      ])
  }

  @Test func `Discord is asked to wait, once`() {
    #expect(Self.lines(Self.discord("http://d.test/x")) == ["POST http://d.test/x?wait=true"])
    #expect(
      Self.lines(Self.discord("http://d.test/x?thread_id=1")) == [
        "POST http://d.test/x?thread_id=1&wait=true"
      ])
    #expect(
      Self.lines(Self.discord("http://d.test/x?wait=true")) == ["POST http://d.test/x?wait=true"])
  }

  @Test(arguments: IntegrationKind.allCases)
  func `every kind has limits and a rate`(_ kind: IntegrationKind) {
    let row = MessageLimits.row(for: kind)
    #expect(row.rate > 0 && row.burst > 0 && row.text > 0 && row.body > 0 && row.alerts > 0)
  }

  @Test func `no secret is printed`() {
    for target in Samples.targets + [.slack(SlackSettings(Samples.slackBot))] {
      let request = target.receiver.request(idempotencyKey: "key")
      for secret in ["hook.test/secret", "1:token", "xoxb-token", "syt_token"] {
        #expect(!"\(target) \(request)".contains(secret))
      }
    }
  }
}
