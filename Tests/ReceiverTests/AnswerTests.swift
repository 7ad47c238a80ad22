import Notifications
import Signals
import Testing

@Suite struct Answers {
  struct Row: Sendable, CustomTestStringConvertible {
    var target: ReceiverTarget
    var status: Int
    var after: Int?
    var body: String
    var meaning: AnswerMeaning

    init(
      _ target: ReceiverTarget, _ status: Int, after: Int? = nil, _ body: String,
      _ meaning: AnswerMeaning
    ) {
      self.target = target
      self.status = status
      self.after = after
      self.body = body
      self.meaning = meaning
    }

    var testDescription: String { "\(target.kind) \(status) \(body)" }
  }

  private static let hook = ReceiverTarget.slack(SlackSettings(.webhook(Samples.secret)))
  private static let bot = ReceiverTarget.slack(SlackSettings(Samples.slackBot))
  private static let discord = ReceiverTarget.discord(DiscordSettings(webhookURL: Samples.secret))
  private static let teams = ReceiverTarget.msteamsv2(MSTeamsSettings(webhookURL: Samples.secret))
  private static let mattermost = ReceiverTarget.mattermost(
    MattermostSettings(webhookURL: Samples.secret))
  private static let telegram = ReceiverTarget.telegram(Samples.telegram(.html))
  private static let matrix = ReceiverTarget.matrix(Samples.matrix)

  private static func limited(_ seconds: Double?) -> AnswerMeaning {
    .again(after: seconds.map { .milliseconds(Int64($0 * 1000)) }, .rateLimited)
  }

  static let rows: [Row] = [
    Row(hook, 200, "ok", .delivered),
    Row(hook, 200, #"{"ok":false}"#, .refused(.clientError)),
    Row(hook, 403, "invalid_token", .refused(.authError)),
    Row(hook, 404, "no_service", .refused(.clientError)),
    Row(hook, 410, "channel_is_archived", .gone(.clientError)),
    Row(hook, 429, after: 7, "rate_limited", limited(7)),
    Row(hook, 500, "", .again(after: nil, .serverError)),
    Row(bot, 200, #"{"ok":true,"ts":"1.2"}"#, .delivered),
    Row(bot, 200, #"{"ok":true,"warning":"x","mess"#, .delivered),
    Row(bot, 200, #"{"ok":false,"error":"channel_not_found"}"#, .refused(.clientError)),
    Row(bot, 200, #"{"ok":false,"error":"invalid_auth"}"#, .refused(.authError)),
    Row(bot, 200, after: 3, #"{"ok":false,"error":"ratelimited"}"#, limited(3)),
    Row(bot, 200, #"{"ok":false,"error":"msg_too_long"}"#, .tooLarge),
    Row(bot, 200, #"{"ok":false,"error":"fatal_error"}"#, .again(after: nil, .serverError)),
    Row(bot, 200, "<html>Sign in to the network</html>", .again(after: nil, .serverError)),
    Row(bot, 200, "", .again(after: nil, .serverError)),
    Row(discord, 200, #"{"id":"1"}"#, .delivered), Row(discord, 204, "", .delivered),
    Row(discord, 429, #"{"message":"x","retry_after":1.25,"global":false}"#, limited(1.25)),
    Row(discord, 429, after: 5, #"{"retry_after":1.25}"#, limited(5)),
    Row(discord, 429, after: 1, #"{"retry_after":30}"#, limited(30)),
    Row(discord, 429, #"{"retry_after":1e400}"#, limited(nil)),
    Row(discord, 429, #"{"retry_after":-5}"#, limited(nil)),
    Row(discord, 429, #"{"retry_after":NaN}"#, limited(nil)),
    Row(discord, 429, #"{"retry_after":"7"}"#, limited(nil)),
    Row(discord, 429, #"{"retry_after":1e12}"#, limited(86_400)),
    Row(discord, 429, "[[[[", limited(nil)),
    Row(discord, 400, #"{"code":50035}"#, .refused(.clientError)),
    Row(discord, 404, #"{"code":10015}"#, .refused(.clientError)),
    Row(teams, 200, "1", .delivered), Row(teams, 202, "", .delivered),
    Row(teams, 429, after: 2, "", limited(2)), Row(teams, 413, "", .tooLarge),
    Row(mattermost, 200, "ok", .delivered), Row(mattermost, 429, after: 1, "", limited(1)),
    Row(
      mattermost, 400, #"{"id":"web.incoming_webhook.channel.app_error"}"#, .refused(.clientError)),
    Row(telegram, 200, #"{"ok":true,"result":{}}"#, .delivered),
    Row(
      telegram, 429, #"{"ok":false,"error_code":429,"parameters":{"retry_after":9}}"#, limited(9)),
    Row(
      telegram, 200, #"{"ok":false,"error_code":429,"parameters":{"retry_after":9}}"#, limited(9)),
    Row(telegram, 200, #"{"ok":false,"error_code":403}"#, .refused(.authError)),
    Row(telegram, 200, #"{"ok":false}"#, .refused(.clientError)),
    Row(telegram, 200, #"{"ok":false,"error_code":200}"#, .refused(.clientError)),
    Row(telegram, 400, #"{"ok":false,"error_code":400}"#, .refused(.clientError)),
    Row(telegram, 200, "", .again(after: nil, .serverError)),
    Row(telegram, 200, "<html>", .again(after: nil, .serverError)),
    Row(telegram, 502, "<html>", .again(after: nil, .serverError)),
    Row(matrix, 200, #"{"event_id":"$a"}"#, .delivered),
    Row(matrix, 200, "", .again(after: nil, .serverError)),
    Row(matrix, 200, after: 3, "{}", .again(after: .seconds(3), .serverError)),
    Row(matrix, 200, #"{"event_id":7}"#, .again(after: nil, .serverError)),
    Row(matrix, 429, #"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}"#, limited(2.5)),
    Row(matrix, 429, after: 60, #"{"retry_after_ms":2500}"#, limited(60)),
    Row(matrix, 400, #"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":50}"#, limited(0.05)),
    Row(matrix, 401, #"{"errcode":"M_UNKNOWN_TOKEN","error":"x"}"#, .refused(.authError)),
    Row(matrix, 403, #"{"error":"x","errcode":"M_FORBIDDEN"}"#, .refused(.authError)),
    Row(matrix, 413, #"{"errcode":"M_TOO_LARGE"}"#, .tooLarge),
    Row(matrix, 400, #"{"errcode":"M_TOO_LARGE"}"#, .tooLarge),
  ]

  @Test(arguments: rows)
  func `an answer means what its vendor means by it`(_ row: Row) {
    let answer = DeliveryAnswer(
      status: row.status, retryAfter: row.after.map { .seconds($0) }, body: Array(row.body.utf8))
    #expect(row.target.receiver.meaning(of: answer) == row.meaning)
  }

  static let reasons: [(ReceiverTarget, String, String?)] = [
    (hook, "invalid_payload", "invalid_payload"), (hook, "<html>Sorry</html>", nil),
    (bot, #"{"ok":false,"error":"channel_not_found"}"#, "channel_not_found"),
    (
      telegram, #"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
      "Bad Request: chat not found"
    ),
    (discord, #"{"message":"Unknown\nWebhook","code":10015}"#, "Unknown Webhook"),
    (matrix, #"{"errcode":"M_FORBIDDEN","error":"User @a:b is not in room"}"#, "M_FORBIDDEN"),
    // What it was sent, it may say back.
    (
      telegram, #"{"ok":false,"description":"no bot 123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"}"#,
      "no bot …"
    ),
    (telegram, #"{"ok":false,"description":"a\u001b[31mb c"}"#, "… c"),
    (bot, #"{"ok":false,"error":"xoxb-1234567890-abcdefghij"}"#, "…"),
    (hook, "secret", "…"),
    (discord, #"{"message":"POST /a/secret (secret) HTTP/1.1"}"#, "POST … … …"),
    (discord, #"{"message":{"a":1}}"#, nil), (teams, "", nil),
  ]

  @Test(arguments: reasons)
  func `the reason of an answer is shown, without what may be a secret`(
    target: ReceiverTarget, body: String, reason: String?
  ) {
    let answer = DeliveryAnswer(status: 400, body: Array(body.utf8))
    #expect(target.receiver.reason(of: answer) == reason)
  }
}
