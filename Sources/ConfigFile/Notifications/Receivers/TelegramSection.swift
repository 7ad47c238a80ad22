import Notifications
import Signals

extension ReceiverReader {
  func telegram(_ section: Section) -> Reading {
    let hasToken = section.has("bot_token") || section.has("bot_token_file")
    let token = section.secret("bot_token")
    if !hasToken && defaults.telegramToken == nil {
      section.report(
        "required, or bot_token_file, or telegram_bot_token under global", at: "bot_token")
    }
    var telegram = TelegramSettings(
      botToken: token ?? defaults.telegramToken ?? Secret(""),
      chatID: section.required("chat_id").flatMap(chatID) ?? "")
    if let token, !Self.isToken(token.exposed) {
      section.report(
        "not a bot's token, such as 123456:ABC-DEF",
        at: section.has("bot_token")
          ? "bot_token" : "bot_token_file")
    }
    telegram.apiURL = section.baseURL("api_url") ?? defaults.telegramURL ?? telegram.apiURL
    section.warnOfPlainSecret("the token", to: telegram.apiURL)
    telegram.messageThreadID = section.whole("message_thread_id", in: 0...Int(Int32.max))
      .flatMap { $0 == 0 ? nil : Int64($0) }
    telegram.message = template(section, "message")
    telegram.parseMode =
      section.choice("parse_mode", TelegramSettings.ParseMode.self) ?? telegram.parseMode
    telegram.disableNotifications =
      section.flag("disable_notifications") ?? telegram.disableNotifications
    section.refuse("chat_id_file")
    return (.telegram(telegram), telegram.apiURL)
  }

  /// A number, which may stand in quotes, or a channel's name.
  private func chatID(_ value: Value) -> String? {
    guard let text = value.scalar("a chat's number or @name") else { return nil }
    let isName =
      text.hasPrefix("@") && text.utf8.count > 1
      && text.utf8.dropFirst().allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    guard isName && text.utf8.count <= 100 || Int64(text).map({ $0 != 0 }) == true else {
      value.report("expected a chat's number or @name")
      return nil
    }
    return text
  }

  /// It becomes a part of a path.
  static func isToken(_ token: String) -> Bool {
    token.utf8.allSatisfy { $0.isLetterOrDigit || ":_-".utf8.contains($0) }
  }

  func matrix(_ section: Section) -> Reading {
    let url = section.required("homeserver_url") == nil ? nil : section.baseURL("homeserver_url")
    let hasToken = section.has("access_token") || section.has("access_token_file")
    let token = section.secret("access_token")
    if !hasToken { section.report("required, or access_token_file", at: "access_token") }
    var matrix = MatrixSettings(
      homeserverURL: url ?? "", roomID: section.required("room_id").flatMap(roomID) ?? "",
      accessToken: token ?? Secret(""))
    section.warnOfPlainSecret("the token", to: matrix.homeserverURL)
    matrix.messageType =
      section.choice("msgtype", MatrixSettings.MessageType.self) ?? matrix.messageType
    matrix.text = template(section, "text")
    matrix.html = template(section, "html")
    return (.matrix(matrix), matrix.homeserverURL)
  }

  private func roomID(_ value: Value) -> String? {
    value.takes(.described("a room's id, which begins with !"))
    guard let text = value.text(length: 2...255) else { return nil }
    guard text.hasPrefix("!") else {
      value.report("expected a room's id, which begins with !; the room's settings show it")
      return nil
    }
    return text
  }
}
