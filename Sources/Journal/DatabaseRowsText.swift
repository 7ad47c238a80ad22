import Agent
import Foundation
import Signals

/// What the database says of what is to be watched, as JSON and back.
struct DatabaseRowsText: Codable {
  struct Server: Codable {
    var id: Int64
    var name: String
    var url: String
    var description: String?
    var transport: String?
    var timeoutSeconds: Int?
    var authType: String?
    var authConfig: String?
    var maxFailureCycles: Int?
    var metaData: String?
  }

  struct Config: Codable {
    var key: String
    var value: String
  }

  var servers: [Server]
  var config: [Config]

  static func text(of rows: DatabaseRows) -> String {
    let text = DatabaseRowsText(
      servers: rows.servers.map(Server.init),
      config: rows.config.map { Config(key: $0.key, value: $0.value) })
    // Strings and whole numbers: there is nothing that cannot be encoded.
    guard let bytes = try? JSONEncoder().encode(text) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `nil` for what is not of `text(of:)`.
  static func rows(_ text: String) -> DatabaseRows? {
    guard let stored = try? JSONDecoder().decode(DatabaseRowsText.self, from: Data(text.utf8))
    else { return nil }
    var rows = DatabaseRows()
    rows.servers = stored.servers.map(\.row)
    rows.config = stored.config.map { ConfigRow(key: $0.key, value: $0.value) }
    return rows
  }
}

extension DatabaseRowsText.Server {
  fileprivate init(_ row: RegistryRow) {
    id = row.id
    name = row.name
    url = row.url
    description = row.description
    transport = row.transport
    timeoutSeconds = row.timeoutSeconds
    authType = row.authType
    authConfig = row.authConfig?.exposed
    maxFailureCycles = row.maxFailureCycles
    metaData = row.metaData
  }

  fileprivate var row: RegistryRow {
    var row = RegistryRow(id: id, name: name, url: url)
    row.description = description
    row.transport = transport
    row.timeoutSeconds = timeoutSeconds
    row.authType = authType
    row.authConfig = authConfig.map(Secret.init)
    row.maxFailureCycles = maxFailureCycles
    row.metaData = metaData
    return row
  }
}
