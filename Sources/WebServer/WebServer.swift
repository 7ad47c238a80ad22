package import Agent
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Threading

/// Serves snapshots of the agent over HTTP/1.1 on one event loop of its own, the thread `web-0`.
package final class WebServer: Service {
  private let settings: WebSettings
  private let agent: any AgentInterface
  private let logger: Logger
  private let responder: Responder
  private let connections: Connections
  private let listening: Listening

  /// Without `queries`, the query API answers 503.
  package init(
    settings: WebSettings, agent: any AgentInterface, queries: (any QuerySource)? = nil,
    logger: Logger
  ) {
    self.settings = settings
    self.agent = agent
    self.logger = logger
    connections = Connections(settings.bounds)
    responder = Responder(
      settings: settings, agent: agent, queries: queries, connections: connections, logger: logger)
    listening = Listening(count: settings.listen.count)
  }

  /// Whether every listener is open.
  package var isListening: Bool { listening.isOpen }

  /// Waits until every listener is open; gives where, in the order of the settings and with the
  /// ports that the kernel chose. Throws when `run` ends first.
  package func addresses() async throws -> [ListenAddress] { try await listening.addresses() }

  /// Serves until a graceful shutdown, which takes no longer than `drainTimeout`.
  ///
  /// Throws a `ListenError` when a listener cannot be opened. May be called once.
  package func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    // From the inside, and before anything else runs there: NIO would name them by its own numbers.
    for (index, loop) in group.makeIterator().enumerated() {
      loop.execute { CurrentThread.take(name: "web-\(index)") }
    }
    if settings.config?.hasUsers ?? false { responder.gate.passwords.prepare() }
    let outcome: Result<Void, any Error>
    do {
      try await serve(on: group)
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    switch outcome {
    case .success: listening.ended(CancellationError())
    case .failure(let error): listening.ended(error)
    }
    connections.closeAll()
    responder.queries.threads.end()
    responder.gate.passwords.end()
    // The group stays: Hummingbird ends its server in a task that may still be running, and a loop
    // that is gone would be asked for work. It costs one sleeping thread until the process ends.
    try outcome.get()
  }

  private enum Ended { case listener, drain }

  private func serve(on group: MultiThreadedEventLoopGroup) async throws {
    let connections = self.connections
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Ended.self) { tasks in
        for (index, address) in settings.listen.enumerated() {
          tasks.addTask {
            try await self.listen(at: address, index: index, on: group)
            return .listener
          }
        }
        tasks.addTask {
          try? await gracefulShutdown()
          self.agent.endProbes()
          try? await Task.sleep(for: self.settings.bounds.drainTimeout)
          connections.closeAll()
          return .drain
        }
        var open = settings.listen.count
        while open > 0, let ended = try await tasks.next() { if ended == .listener { open -= 1 } }
        tasks.cancelAll()
      }
    } onCancel: {
      connections.closeAll()
    }
  }

  private func listen(
    at address: ListenAddress, index: Int, on group: MultiThreadedEventLoopGroup
  ) async throws {
    // Empty means every address: both families at once where the machine has IPv6.
    for host in address.host.isEmpty ? ["::", "0.0.0.0"] : [address.host] {
      do {
        return try await application(host: host, port: address.port, index: index, on: group).run()
      } catch let error as IOError where host == "::" && error.meansNoIPv6 {
        continue
      } catch let error as IOError {
        throw ListenError(address: address, reason: error.inWords)
      } catch is SocketAddressError {
        throw ListenError(address: address, reason: "no such host")
      }
    }
  }

  private func application(
    host: String, port: Int, index: Int, on group: MultiThreadedEventLoopGroup
  ) -> some Service {
    let quiet = logger.quieter
    let bounds = settings.bounds
    let connections = self.connections
    let (watch, logger) = (settings.config, self.logger)
    return Application(
      responder: responder,
      server: HTTPServerBuilder { responder in
        BoundedChannel(
          responder: responder, bounds: bounds, connections: connections,
          tls: { watch?.look(logger).tls }, logger: quiet)
      },
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: .maximum(
          bounds.connections + bounds.refusals, logger: quiet)),
      onServerRunning: { channel in
        // One connection at a time, so that there are never more than that.
        try? await channel.setOption(.maxMessagesPerRead, value: 1).get()
        let bound = channel.localAddress
        let address = ListenAddress(host: bound?.ipAddress ?? host, port: bound?.port ?? port)
        let hasTLS = watch?.look(logger).tls != nil
        logger.info("listening", metadata: ["address": "\(address)", "tls": "\(hasTLS)"])
        self.listening.opened(index, at: address)
      },
      eventLoopGroupProvider: .shared(group),
      logger: quiet)
  }
}

extension Logger {
  /// For the libraries below, whose notices are not for an operator.
  fileprivate var quieter: Logger {
    var copy = self
    copy.logLevel = max(logLevel, .warning)
    return copy
  }
}
