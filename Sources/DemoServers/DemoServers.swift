import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A built-in MCP server, as a configuration would describe it.
package struct DemoServer: Equatable, Sendable {
  package let name: String
  package let url: String
  package let description: String
}

/// The MCP servers of `breakwater demo`, on one listener of their own at a port that was free.
package final class DemoServers: Service {
  private struct Running {
    var group: ServiceGroup
    var task: Task<Void, any Error>
  }

  /// Why there are no servers.
  package struct CannotListen: Error, CustomStringConvertible {
    package let description: String
  }

  /// A request in progress is cut this long after the servers were asked to stop.
  private static let stopTime = Duration.seconds(1)

  private let host: String
  private let logger: Logger
  private let elapsed: (@Sendable () -> Duration)?
  private let onMessage: @Sendable ([UInt8]) -> Void
  private let running = Mutex<Running?>(nil)

  /// `elapsed` is the time that the script of `orders` goes by; since `start` when absent.
  /// `onMessage` is given the body of each webhook that comes in at `hookPath`.
  package init(
    host: String = "127.0.0.1", logger: Logger, elapsed: (@Sendable () -> Duration)? = nil,
    onMessage: @escaping @Sendable ([UInt8]) -> Void = { _ in }
  ) {
    self.host = host
    self.logger = logger
    self.elapsed = elapsed
    self.onMessage = onMessage
  }

  /// Where webhooks are taken, on the listener of the servers.
  package static let hookPath = "/hook"

  /// Listens and says where; to be called once, before `run`. The servers answer from here on.
  package func start() async throws -> [DemoServer] {
    let began = ContinuousClock.now
    let routes = DemoRoutes(
      elapsed: elapsed ?? { ContinuousClock.now - began }, onMessage: onMessage)
    let (ports, report) = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingOldest(1))
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let application = Application(
      router: routes.router(),
      configuration: .init(address: .hostname(host, port: 0), serverName: "breakwater-demo"),
      onServerRunning: { channel in
        if let port = channel.localAddress?.port { report.yield(port) }
      }, logger: quiet)
    var configuration = ServiceGroupConfiguration(
      services: [.init(service: application)], gracefulShutdownSignals: [], logger: quiet)
    configuration.maximumGracefulShutdownDuration = Self.stopTime
    let group = ServiceGroup(configuration: configuration)
    let task = Task {
      defer { report.finish() }
      try await group.run()
    }
    running.withLock { $0 = Running(group: group, task: task) }
    for await port in ports { return servers(at: port) }
    try await task.value
    throw CannotListen(description: "the demo's servers stopped before they listened")
  }

  /// Serves until a graceful shutdown or cancellation, and then about a second at most; starts the
  /// servers when nobody has.
  package func run() async throws {
    if running.withLock({ $0 == nil }) { _ = try await start() }
    guard let running = running.withLock({ $0 }) else { return }
    let finish: @Sendable () -> Void = {
      Task { await running.group.triggerGracefulShutdown() }
    }
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await running.task.value
      } onGracefulShutdown: {
        finish()
      }
    } onCancel: {
      finish()
    }
  }

  /// Stops the servers, within about a second; for those who do not `run` them.
  package func stop() async {
    guard let running = running.withLock({ $0 }) else { return }
    await running.group.triggerGracefulShutdown()
    try? await running.task.value
  }

  private func servers(at port: Int) -> [DemoServer] {
    let texts = [
      ("weather", "always healthy; stateless and with sessions"),
      ("orders", "fails for 35 seconds out of 75, and comes back"),
      ("archive", "takes requests and never answers"),
      ("vault", "answers, but wants credentials"),
    ]
    return texts.map { name, description in
      DemoServer(
        name: name, url: "http://\(host):\(port)\(DemoRoutes.path(of: name))",
        description: description)
    }
  }
}
