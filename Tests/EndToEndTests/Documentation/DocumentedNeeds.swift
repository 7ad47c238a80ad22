/// What has to run for the commands of some pages.
struct DocumentedNeeds: Equatable, Sendable {
  /// An agent, and none that the page starts itself.
  var agent = false
  var postgres = false
  var alertmanager = false
  /// A server that shows a certificate.
  var certificate = false
  /// MCPs of the agent's own file. SQL brings its own rows.
  var mcps = ["weather", "orders", "search"]

  /// Whether a command is about an agent that runs.
  static func asksAgent(_ command: String) -> Bool {
    command.contains("127.0.0.1:9627") || command.contains("pgrep -n -x breakwater")
  }

  init(_ pages: [DocumentedPage]) {
    let run = pages.flatMap(\.blocks).filter(\.isRun)
    let commands = run.filter { $0.language == "sh" }
    func says(_ word: String) -> Bool { commands.contains { $0.text.contains(word) } }
    let asked = commands.contains { Self.asksAgent($0.text) }
    let isStarted = commands.contains { $0.options["background"]?.contains(":9627") == true }
    let languages = Set(run.map(\.language))
    agent = languages.contains("sql") || !isStarted && (asked || languages.contains("promql"))
    postgres = languages.contains("sql") || says("postgres")
    alertmanager = says("127.0.0.1:9093")
    certificate = says("weather.example:443")
    if languages.contains("sql") && pages.count == 1 { mcps = ["orders", "search"] }
  }
}

/// Addresses of pages, and those that a test has in their place.
struct DocumentedAddresses: Sendable {
  private var pairs: [(shown: String, real: String)] = []

  mutating func put(_ real: String, for shown: String) { pairs.append((shown, real)) }

  func applied(to text: String) -> String {
    pairs.reduce(text) { $0.replacing($1.shown, with: $1.real) }
  }
}
