import ArgumentParser
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
    name: .customLong("web.config.file"), help: .init("Not yet.", valueName: "path"))
  var configFile: String?

  var settings: WebSettings {
    var settings = WebSettings(listen: listen)
    settings.enableLifecycle = enableLifecycle
    settings.enableFaultInjection = enableFaultInjection
    return settings
  }

  /// Where people reach this agent, without a slash at its end: as said, or the first address that
  /// it listens on, by the machine's name when that is every address.
  var reachableURL: String {
    if let externalURL {
      return String(externalURL.reversed().drop { $0 == "/" }.reversed())
    }
    let first = listen.first ?? .standard
    let isEvery = ["0.0.0.0", "::", ""].contains(first.host)
    return isEvery
      ? "http://\(ProcessInfo.processInfo.hostName):\(first.port)" : "http://\(first)"
  }

  func validate() throws {
    if configFile != nil {
      throw ValidationError("--web.config.file: not yet: comes with step 9")
    }
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
