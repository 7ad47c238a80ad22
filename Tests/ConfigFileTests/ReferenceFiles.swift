import Agent
import ConfigFile

/// Files around one key.
extension ReferenceTests {
  /// What must be there besides, by the path or the last key of what it stands in.
  private static let needed = [
    "mcps[]": "name: a, url: 'http://a.example'",
    "checks[]": "tool: t",
    "authorization": "credentials: c",
    "oauth2": "client_id: a, client_secret: b, token_url: 'http://127.0.0.1/token'",
    "route": "receiver: a",
    "time_intervals[]": "name: a",
    "mute_time_intervals[]": "name: a",
    "time_intervals[].time_intervals[]": "",
    "mute_time_intervals[].time_intervals[]": "",
    "alertmanagers[]": "url: 'http://a.example'",
    "receivers[]": "name: a",
    "webhook_configs[]": "url: 'http://a.example'",
    "slack_configs[]": "api_url: 'http://a.example'",
    "mattermost_configs[]": "webhook_url: 'http://a.example'",
    "discord_configs[]": "webhook_url: 'http://a.example'",
    "msteamsv2_configs[]": "webhook_url: 'http://a.example'",
    "telegram_configs[]": "bot_token: '1:a', chat_id: 1",
    "matrix_configs[]": "homeserver_url: 'http://a.example', room_id: '!a:b', access_token: c",
    "fields[]": "title: a, value: b",
    "priority": "priority: urgent",
  ]

  /// A file with a value for the key of this path, or without the key and with all around it.
  static func file(with path: String, being value: String?) -> String {
    let keys = path.split(separator: ".").map(String.init)
    var text = value.map { "\(path.lastKey): \($0)" } ?? ""
    for (index, key) in keys.enumerated().dropLast().reversed() {
      let place = keys[...index].joined(separator: ".")
      var parts = (needed[place] ?? needed[key] ?? "").split(separator: ", ").map(String.init)
      parts.removeAll { $0.hasPrefix("\(path.lastKey):") && place == path.parent }
      let inside = (parts + [text]).filter { !$0.isEmpty }.joined(separator: ", ")
      let name = key == "NAME" ? "X_A" : key
      text = key.hasSuffix("[]") ? "\(key.dropLast(2)): [{\(inside)}]" : "\(name): {\(inside)}"
    }
    var top = [text].filter { !$0.isEmpty }
    let others = [
      ("mcps", "mcps: [{name: a, url: 'http://a.example'}]"),
      ("route", "route: {receiver: a}"), ("receivers", "receivers: [{name: a}]"),
    ]
    for (key, other) in others where !path.hasPrefix(key) { top.append(other) }
    return "{\(top.joined(separator: ", "))}"
  }

  /// The settings that count for MCPs and everything else, whoever said them.
  static func settings(_ text: String) throws -> Settings {
    var settings = try check(text).get().settings
    settings.own = [:]
    settings.defaults = ProbeDefaults()
    return settings
  }
}

extension String {
  var parent: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? "" }
  var lastKey: String { lastIndex(of: ".").map { String(self[index(after: $0)...]) } ?? self }
}
