import Agent
import ConfigFile
import Foundation
import Notifications
import Templates
import TestSupport
import Testing

/// The reference of the configuration says what the readers read.
struct ReferenceTests {
  private let reference = ConfigReference()

  @Test func everyKeyThatIsAskedForIsExplainedAndNoOther() {
    let (asked, explained) = (reference.asked, reference.explained)
    #expect(asked.count > 250)
    #expect(asked.subtracting(explained).sorted() == [], "a line of Sources/ConfigFile/Reference")
    #expect(explained.subtracting(asked).sorted() == [], "nothing reads them")
  }

  /// The outline is what a reader asks for that reads nothing; here it reads something.
  @Test(arguments: GrammarTests.read + GrammarTests.notifications)
  func everyKeyOfAFileIsInTheOutline(before: String, keys: [String], after: String) throws {
    let asked = reference.asked
    for key in keys {
      let value = GrammarTests.isList(key) ? "{}" : "[{}]"
      let found = problems(in: "\(before)\(key): \(value)\(after)")
      let problem = try #require(found.first { $0.contains("\(key): expected") })
      let path = String(try #require(problem.split(separator: ": ").dropFirst().first))
        .replacing(/\[[0-9]+\]/, with: "[]").replacing(".X-A", with: ".NAME")
      let twin = path.hasSuffix("_file") ? String(path.dropLast(5)) : path
      let isAsked = asked.contains(path) || asked.contains(twin)
      #expect(isAsked, "\(path)")
    }
  }

  @Test func everyKeyOfTheOutlineIsKnownInAFile() {
    for path in reference.asked {
      let found = problems(in: Self.file(with: path, being: "x"))
      #expect(!found.contains { $0.hasSuffix("\(path.lastKey): unknown key") }, "\(path)")
    }
    #expect(
      problems(in: Self.file(with: "mcps[].probe.x", being: "x")).contains {
        $0.hasSuffix("mcps[0].probe.x: unknown key")
      })
  }

  @Test func everyKeyThatIsNotYetThereIsRefusedInAFile() {
    #expect(reference.notYet.count > 40)
    for path in reference.notYet {
      let found = problems(in: Self.file(with: path, being: "[{}]"))
      #expect(found.contains { $0.hasSuffix("\(path.lastKey): not yet") }, "\(path)")
    }
  }

  /// A file that says what holds anyhow is the same as one that does not.
  @Test func everyDefaultIsWhatHoldsWithoutIt() {
    let defaults = reference.defaults
    #expect(defaults.count > 60)
    // Matrix sends its token as `Authorization`, and refuses another.
    let impossible = "receivers[].matrix_configs[].http_config.authorization."
    for (path, value) in defaults where !path.hasPrefix(impossible) {
      let said = Result { try Self.settings(Self.file(with: path, being: value)) }
      let unsaid = Result { try Self.settings(Self.file(with: path, being: nil)) }
      let isSame = try? said.get() == unsaid.get()
      #expect(isSame == true, "\(path): \(value)")
    }
  }

  @Test func aDefaultThatIsNoneWouldBeSeen() throws {
    let other = try Self.settings(Self.file(with: "circuit_breaker.backoff.max", being: "11m"))
    let unsaid = try Self.settings(Self.file(with: "circuit_breaker.backoff.max", being: nil))
    #expect(other != unsaid)
  }

  @Test func keysOfOneLineTakeTheSame() {
    #expect(reference.disagreements == [])
  }

  @Test func whatMustBeThereHasNoDefault() {
    #expect(reference.contradictions == [])
  }

  @Test func theTemplatesThatItNamesAreThere() {
    #expect(reference.templates.count > 10)
    for name in reference.templates {
      let isThere = DefaultTemplates.file.text.contains("{{ define \"\(name)\" }}")
      #expect(isThere, "\(name)")
    }
  }

  @Test func theExampleIsValidAndRaisesNoDoubt() throws {
    let loaded = try check(ConfigReference.example).get()
    #expect(loaded.warnings == [])
    #expect(loaded.settings.mcps.count == 2)
    #expect(loaded.settings.notifications.receivers.count == 2)
  }
}

// MARK: - The page

extension ReferenceTests {
  private var lines: [Substring] { reference.markdown.split(separator: "\n") }

  @Test func whatTheReadersSayIsOnThePage() {
    for line in [
      "| `backoff.max` | a duration above 0 | `10m` |",
      "| `failure_threshold` | a whole number from 1 to 1000000 | `5` |",
      "| `probe_interval` | a duration of at least 100ms | `30s` |",
      "| `transport` | `auto`, `http` or `sse` | `auto` |",
      "| `name` | text of 1 to 100 characters | required |",
      "| `backoff.jitter` | a number from 0 to 1 | `0.1` |",
      "| `proxy_url`, `proxy_url_file` | an http, https, socks5 or socks5h URL, a secret |",
      "| `checks` | a list of at most 20: a [section](#checks) |",
      "| `labels` | a mapping of at most 32: text of at most 1024 bytes |",
      "| `follow_redirects` | only `false` | `false` |",
      "| `ca` | PEM of at most 65536 characters, a secret | the system's |",
      "| `slack_configs` | a list of at most 100: a [section](#slack_configs) |",
      "| `authorization.credentials`, `authorization.credentials_file` | a secret | required, or",
      "| `receivers[].*_configs[].http_config` | `oauth2`, `no_proxy`, `proxy_connect_header` |",
    ] {
      #expect(lines.contains { $0.hasPrefix(line) }, "\(line)")
    }
  }

  @Test func tablesHaveACellForEachColumn() {
    var columns = 0
    for line in lines where line.hasPrefix("|") {
      let bars = line.replacing("\\|", with: "").count { $0 == "|" }
      if line.hasPrefix("| key |") || line.hasPrefix("| in |") { columns = bars }
      #expect(bars == columns && line.hasSuffix("|"), "\(line)")
    }
    #expect(columns > 0)
  }

  @Test func linksLeadSomewhere() {
    let page = reference.markdown
    let headings = Set(
      lines.filter { $0.hasPrefix("## ") }
        .map { $0.dropFirst(3).lowercased().replacing(" ", with: "-") })
    #expect(headings.count == lines.count { $0.hasPrefix("## ") })
    let links = page.matches(of: /\]\(([a-z]*\.?m?d?)#?([^)]*)\)/)
    #expect(links.count > 20)
    for link in links {
      let (file, anchor) = (String(link.output.1), String(link.output.2))
      if file.isEmpty {
        #expect(headings.contains(anchor), "\(anchor)")
      } else {
        let path = projectRoot.appending(path: "docs/\(file)").path
        #expect(FileManager.default.fileExists(atPath: path), "\(file)")
      }
    }
  }
}
