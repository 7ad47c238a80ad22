import Agent
import Breaking
import MCPWire
import Signals

/// Makes MCPs of rows of `mcp_servers`.
struct RegistryReader {
  /// More doubts than anyone reads.
  private static let doubtLimit = 100
  private static let descriptionLimit = 4096

  private let secrets: DatabaseSecrets
  private let fileNames: Set<String>
  /// The file's MCPs come first.
  private var rowLimit: Int { max(0, ConfigFile.mcpLimit - fileNames.count) }
  private var names: [String: Int64] = [:]

  private enum ProtocolName: String, CaseIterable {
    case http
    case streamable = "http-streamable"
    case sse
  }

  init(file: Settings, environment: @escaping (String) -> String?) {
    fileNames = Set(file.mcps.map(\.name))
    secrets = DatabaseSecrets(environment: environment)
  }

  /// Adds the MCPs of `rows`, and why others are none.
  mutating func read(_ rows: [RegistryRow], into settings: inout DatabaseSettings) {
    for row in rows.prefix(rowLimit) {
      let findings = Findings(file: "")
      let mcp = read(row, Context(findings: findings, directory: ""))
      let subject = "mcp_servers \(row.name.namedSafely) (id \(row.id)): "
      if let refusal = findings.refusal(of: subject) {
        settings.refusedRows.append(.init(name: row.name, reason: refusal.reason))
      } else {
        settings.mcps.append(mcp)
        let room = max(0, Self.doubtLimit - settings.doubts.count)
        settings.doubts += findings.warnings.prefix(room).map { subject + $0.sentence }
      }
    }
    if rows.count > rowLimit {
      let reason = "mcp_servers: more than \(rowLimit) rows; those after them are left out"
      settings.refusedRows.append(.init(name: "", reason: reason))
    }
  }

  /// An MCP that counts for nothing when problems were found.
  private mutating func read(_ row: RegistryRow, _ context: Context) -> RegistryMCP {
    func value(_ column: String, _ content: Node.Content) -> Value {
      Value(node: Node(content: content, place: Place()), path: column, context: context)
    }
    let name = value("name", .scalar(row.name, isPlain: false))
    if let text = name.text(length: 1...100) { checkOnce(text, row, name) }
    let url = value("url", .scalar(row.url, isPlain: false))
    var target = ProbeTarget(
      url: ConfigFile.readURL(url, credentialsUnder: "auth_config") ?? "")
    if let transport = row.transport {
      let word = value("protocol", .scalar(transport, isPlain: false)).choice(ProtocolName.self)
      target.transport = word == .sse ? .sse : .http
    }
    var own = OwnSettings()
    if let seconds = row.timeoutSeconds {
      let timeout = value("timeout_seconds", .scalar("\(seconds)", isPlain: true))
      own.timeout = timeout.whole(in: 1...ConfigFile.secondsLimit).map { .seconds($0) }
    }
    if let cycles = row.maxFailureCycles {
      let limit = value("max_failure_cycles", .scalar("\(cycles)", isPlain: true))
      own.breaker.maxFailureCycles = limit.whole(in: 0...ConfigFile.countLimit)
    }
    RegistryAuth(context: context, secrets: secrets).read(row, into: &target)
    var mcp = MCPSettings(name: row.name, target: target)
    mcp.description = Self.cleaned(row.description ?? "")
    readMetaData(row, context, into: &mcp, saying: &own)
    return RegistryMCP(id: row.id, settings: mcp, own: own)
  }

  private mutating func checkOnce(_ name: String, _ row: RegistryRow, _ value: Value) {
    if fileNames.contains(name) {
      value.report("same name as an MCP of the configuration file")
    } else if let id = names[name] {
      value.report("same name as the row with id \(id)")
    } else {
      names[name] = row.id
    }
  }

  private func readMetaData(
    _ row: RegistryRow, _ context: Context, into mcp: inout MCPSettings,
    saying own: inout OwnSettings
  ) {
    guard let text = row.metaData else { return }
    guard let value = Value(json: text, path: "meta_data", context: context) else { return }
    Section.readForeign(value, .ignored) { section in
      own.interval = section["interval"].flatMap(Self.readInterval)
      mcp.labels = ConfigFile.readLabels(section["labels"], reserved: ConfigFile.seriesLabels)
      mcp.target.checks = ConfigFile.readChecks(section["checks"])
    }
  }

  /// `30s`, or a number of seconds.
  private static func readInterval(_ value: Value) -> Duration? {
    if value.isNumber { return value.seconds(in: 0.1...Double(ConfigFile.secondsLimit)) }
    guard let interval = value.duration() else { return nil }
    if interval < .milliseconds(100) { value.report("must be at least 100ms") }
    return interval
  }

  /// A description is only shown: others' line ends, and more than is shown, are no reason to leave
  /// an MCP unwatched.
  private static func cleaned(_ text: String) -> String {
    var view = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(descriptionLimit) where scalar != "\r" {
      let isText = !scalar.isControl || scalar == "\n" || scalar == "\t"
      view.append(isText ? scalar : "?")
    }
    return String(view)
  }
}

extension ConfigFile {
  /// Of a hundred years.
  static let secondsLimit = Int(Duration.longest.components.seconds)
}

extension Value {
  /// The value of a JSON text; what is none is reported.
  init?(json text: String, path: String, context: Context) {
    switch JSONTree.compose(text) {
    case .success(let node): self.init(node: node, path: path, context: context)
    case .failure(let refusal):
      context.findings.report(refusal.reason, at: Place(), path: path)
      return nil
    }
  }
}
