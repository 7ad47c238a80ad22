import Agent
import ArgumentParser
import ConfigFile
import CurlTransport
import Notifications
import Signals
import Threading

struct ReceiversCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receivers", abstract: "Try the receivers of messages.",
    subcommands: [TestReceiver.self])

  func run() async throws {
    throw ValidationError("Missing what to do, as in 'breakwater receivers test NAME'")
  }
}

struct TestReceiver: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Send a test message through every integration of a receiver.",
    discussion: """
      Each is tried once; the message says that it is a test. Exit status: 0 when all have taken \
      it, 1 else, 64 for wrong usage.
      """)

  @Argument(help: "Name of the receiver.") var name: String

  @Option(name: .customLong("config.file"), help: .init("Configuration.", valueName: "path"))
  var configFile = "breakwater.yml"

  @Option(
    name: .customLong("web.external-url"),
    help: .init("URL of the agent, for the links of the message.", valueName: "url"))
  var externalURL = "http://localhost:9627"

  func run() async throws {
    let settings = try load()
    guard let receiver = settings.notifications.receivers.first(where: { $0.name == name }) else {
      Terminal.error(unknown(among: settings.notifications.receivers.map(\.name)))
      throw ExitCode(1)
    }
    guard !receiver.integrations.isEmpty else {
      Terminal.error("\(name.shownSafely): the receiver has no integrations")
      throw ExitCode(1)
    }
    let gate = AddressGate(settings.addressPolicy)
    var areAllDelivered = true
    for (destination, integration) in receiver.destinations {
      let test = ReceiverTest(
        destination, integration, settings.notifications, externalURL: externalURL,
        now: SystemClock.now)
      let delivery = await deliverOnce(
        test.order, clientVersion: Version.number, gate: gate)
      let outcome = test.outcome(of: delivery)
      Terminal.print(outcome.line)
      areAllDelivered = areAllDelivered && outcome.isDelivered
    }
    if !areAllDelivered { throw ExitCode(1) }
  }

  private func load() throws -> Settings {
    do throws(ConfigProblems) {
      return try ConfigFile.load(path: configFile).settings
    } catch {
      for problem in error.problems { Terminal.error(problem.description) }
      throw ExitCode(1)
    }
  }

  private func unknown(among names: [String]) -> String {
    let known =
      names.isEmpty
      ? "the configuration has no receivers"
      : ConfigFile.nearest(to: name, among: names).map { "did you mean \"\($0.shownSafely)\"?" }
        ?? "there are \(names.map(\.shownSafely).joined(separator: ", "))"
    return "no receiver \"\(name.shownSafely)\"; \(known)"
  }
}
