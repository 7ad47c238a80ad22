import Foundation
import TestSupport
import Testing

/// What is shown and not run: which it is, and that what it names is there.
@Suite(.timeLimit(.minutes(2))) struct CommandsThatAreNotRun {
  struct Command {
    var page: String
    var block: DocumentedBlock
    var reason: String
  }

  private static let commands = DocumentedPage.all.flatMap { page in
    page.blocks.compactMap { block in
      block.options["not-run"].map { Command(page: page.path, block: block, reason: $0) }
    }
  }

  /// By page; a new one is to be a decision.
  private static let known = [
    "CONTRIBUTING.md: builds",
    "README.md: builds",
    "README.md: builds",
    "README.md: needs Grafana",
    "docs/grafana.md: builds",
    "docs/grafana.md: needs Grafana",
    "docs/running.md: installs",
    "docs/runbooks/CoordinatorAbandoned.md: needs another tool",
    "docs/runbooks/CoordinatorCrashLooping.md: needs systemd",
    "docs/runbooks/CoordinatorDown.md: needs another tool",
    "docs/runbooks/CoordinatorRestarted.md: needs systemd",
    "docs/runbooks/JournalReplaced.md: needs another tool",
    "docs/runbooks/JournalReplaced.md: needs systemd",
    "docs/runbooks/Watchdog.md: needs systemd",
  ]

  @Test func theyAreTheseFew() {
    let found = Self.commands.map { "\($0.page): \($0.reason)" }
    #expect(found.sorted() == Self.known.sorted())
  }

  @Test func whatTheyNameIsThere() throws {
    let makefile = try String(
      contentsOf: projectRoot.appending(path: "Makefile"), encoding: .utf8)
    for command in Self.commands {
      let missing = Self.missing(in: command.block.text, makefile: makefile) {
        FileManager.default.fileExists(atPath: projectRoot.appending(path: $0).path)
      }
      #expect(missing == [], "\(command.page):\(command.block.line)")
    }
  }

  @Test(arguments: [
    ("make run   # builds", []), ("make", []), ("make fly", ["make fly"]),
    ("scripts/run.sh --x", []), ("sudo cp scripts/none.sh /x", ["scripts/none.sh"]),
    ("bash -n scripts/run.sh; make bend", ["make bend"]),
    ("install -m 644 packaging/none /x", ["packaging/none"]),
  ])
  func aTargetOrAFileThatIsNotThereIsNamed(_ line: String, _ missing: [String]) {
    let found = Self.missing(in: line, makefile: "run: ## it\n\t@x\n") { $0 == "scripts/run.sh" }
    #expect(found == missing)
  }

  /// Targets of make, and paths into the checkout, that are not there.
  private static func missing(
    in text: String, makefile: String, exists: (String) -> Bool
  ) -> [String] {
    let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.1) })
    let code = text.replacing(/(?m)#.*$/, with: "")
    let made = code.matches(of: /\bmake ([a-z-]+)/).map { String($0.1) }
    let paths = code.matches(of: /(?:^|\s)((?:scripts|packaging|grafana|rules)\/[^\s*;]*)/)
      .map { String($0.1) }
    return made.filter { !targets.contains($0) }.map { "make \($0)" }
      + paths.filter { !exists($0) }
  }
}
