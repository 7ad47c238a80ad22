import Agent
import ArgumentParser
import ConfigFile
import Foundation
import WebServer

/// Where to listen and what to allow; Prometheus's names.
struct WebOptions: ParsableArguments {
  @Option(
    name: .customLong("web.listen-address"),
    help: .init("Address to listen on; may be given more than once.", valueName: "host:port"))
  var listen: [ListenAddress] = [.standard]

  @Option(
    name: .customLong("web.external-url"),
    help: .init("URL under which users reach this agent.", valueName: "url"))
  var externalURL: String?

  @Flag(
    name: .customLong("web.enable-lifecycle"), help: "Allow POST /-/reload and POST /-/quit.")
  var enableLifecycle = false

  @Flag(
    name: .customLong("web.enable-fault-injection"),
    help: "Allow POST /debug/coordinator/crash and /debug/coordinator/stall, for drills.")
  var enableFaultInjection = false

  @Option(
    name: .customLong("web.config.file"),
    help: .init(
      "TLS and users, in the format of Prometheus's tools; read again when it changes.",
      valueName: "path"))
  var configFile: String?

  var settings: WebSettings {
    var settings = WebSettings(listen: listen)
    settings.enableLifecycle = enableLifecycle
    settings.enableFaultInjection = enableFaultInjection
    settings.hostNames = hostNames
    return settings
  }

  /// By which a request may ask for this agent: what it listens on, what it is reached by, and the
  /// machine's own.
  private var hostNames: [String] {
    let external = externalURL.flatMap { URL(string: $0)?.host() }
    let machine = ProcessInfo.processInfo.hostName
    let names = listen.map(\.host) + [machine, String(machine.prefix { $0 != "." })]
    return (names + (external.map { [$0] } ?? [])).filter { !$0.isEmpty }
  }

  /// `nil` without `--web.config.file`; prints what is wrong with it and throws 2.
  func readConfig() throws -> WebConfigWatch? {
    guard let path = configFile else { return nil }
    do throws(WebConfigRefused) {
      let watch = try WebConfigWatch(path) { Self.read(path) }
      for warning in watch.warnings { Terminal.error("warning: \(warning)") }
      return watch
    } catch {
      for problem in error.problems { Terminal.error(problem) }
      throw ExitCode(2)
    }
  }

  /// Certificates and keys are judged by who serves with them.
  static func read(_ path: String) -> WebConfigRead {
    let reading = WebConfigFile.load(path: path)
    let result = reading.result.map(\.config).mapError { error in
      WebConfigRefused(problems: error.problems.map(\.description))
    }
    let warnings = (try? reading.result.get())?.warnings.map(\.description) ?? []
    return WebConfigRead(files: reading.files, warnings: warnings, result: result)
  }

  /// Where people reach this agent, without a slash at its end: as said, or the first address that
  /// it listens on, by the machine's name when that is every address.
  func reachableURL(overTLS isTLS: Bool) -> String {
    if let externalURL {
      return String(externalURL.reversed().drop { $0 == "/" }.reversed())
    }
    let first = listen.first ?? .standard
    let isEvery = ["0.0.0.0", "::", ""].contains(first.host)
    let scheme = isTLS ? "https" : "http"
    return isEvery
      ? "\(scheme)://\(ProcessInfo.processInfo.hostName):\(first.port)" : "\(scheme)://\(first)"
  }

  func validate() throws {
    if let externalURL, !externalURL.hasPrefix("http://") && !externalURL.hasPrefix("https://") {
      throw ValidationError("--web.external-url: not an http or https URL")
    }
  }
}

extension ListenAddress: ExpressibleByArgument {
  public init?(argument: String) {
    guard let address = try? ListenAddress(parsing: argument) else { return nil }
    self = address
  }
}
