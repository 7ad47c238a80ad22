import Agent
import ConfigFile
import Signals

/// A row with every column that a test names.
func row(_ id: Int64 = 7, _ change: (inout RegistryRow) -> Void = { _ in }) -> RegistryRow {
  var row = RegistryRow(id: id, name: "weather", url: "https://weather.example/mcp")
  change(&row)
  return row
}

/// The settings of a file.
func file(_ text: String) throws -> Settings { try check(text).get().settings }

/// Reads keys of `omni2_config`, and rows, over a file.
func database(
  _ config: [String: String] = [:], _ servers: [RegistryRow] = [], over text: String = "",
  keeping previous: DatabaseSettings = DatabaseSettings(),
  environment: [String: String] = [:]
) throws -> DatabaseSettings {
  var rows = DatabaseRows()
  rows.config = config.sorted { $0.key < $1.key }.map { ConfigRow(key: $0.key, value: $0.value) }
  rows.servers = servers
  return ConfigFile.readDatabase(
    rows, over: try file(text), keeping: previous, environment: { environment[$0] })
}

extension DatabaseSettings {
  var configReasons: [String] { refusedConfig.map(\.reason) }
  var rowReasons: [String] { refusedRows.map(\.reason) }
}
