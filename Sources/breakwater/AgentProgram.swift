import Agent
import AgentRuntime
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Threading
import UnixSignals
import WebServer

/// The agent and its web server as one program that signals end or reload.
struct AgentProgram {
  let settings: Settings
  let options: AgentOptions
  let web: WebSettings
  let log: LogOptions
  /// Further services that begin before the agent.
  var others: [any Service] = []
  /// The coordinator is made to crash so long after the start, to show what comes of it.
  var crashesAfter: Duration?
  /// Called once the addresses are known.
  var announce: @Sendable ([ListenAddress]) -> Void = { _ in }

  /// Returns after a clean end; throws the exit status of CONTRACT.md 1 else.
  func run() async throws {
    ProcessSetup.shareHeap()
    if web.enableFaultInjection,
      let point = ProcessInfo.processInfo.environment["BREAKWATER_CRASH_POINT"],
      !CrashPoint.arm(point)
    {
      Terminal.error("breakwater: BREAKWATER_CRASH_POINT: no crash point \"\(point)\"")
      throw ExitCode(1)
    }
    guard let output = LogOutput() else {
      Terminal.error("breakwater: no descriptor or thread left for the log")
      throw ExitCode(1)
    }
    let logger = log.logger(output)
    defer { output.close() }
    do {
      try await serve(logger)
    } catch let error as FatalStart {
      logger.critical("Cannot start", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    } catch let error as ListenError {
      logger.critical("Cannot listen", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    }
  }

  private func serve(_ logger: Logger) async throws {
    let agent = try AgentService(settings: settings, options: options, logger: logger)
    let server = WebServer(settings: web, agent: agent, queries: agent, logger: logger)
    let announcer = Announcer(server: server, announce: announce)
    var quiet = logger
    quiet.logLevel = .error
    var services: [any Service] = others + [agent, server, announcer, ReloadOnHangup(agent: agent)]
    if let crashesAfter { services.append(CrashOnce(agent: agent, after: crashesAfter)) }
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    let group = ServiceGroup(configuration: configuration)
    agent.setQuit { Task { await group.triggerGracefulShutdown() } }
    logger.info(
      "Starting breakwater",
      metadata: [
        "version": "\(options.version)", "revision": "\(options.revision)",
        "mcps": "\(settings.mcps.count)",
      ])
    try await group.run()
    logger.info("Ended cleanly")
  }
}

/// Says where the server listens, once it does.
private struct Announcer: Service {
  let server: WebServer
  let announce: @Sendable ([ListenAddress]) -> Void

  func run() async throws {
    if let addresses = try? await server.addresses() { announce(addresses) }
    try? await gracefulShutdown()
  }
}

/// Asks the coordinator for one crash.
private struct CrashOnce: Service {
  let agent: AgentService
  let after: Duration

  func run() async throws {
    let pause = after
    let isOver: Void? = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
    if isOver != nil { _ = agent.drill(CoordinatorDrill(.crash)) }
    try? await gracefulShutdown()
  }
}

/// SIGHUP reads the configuration again. Signals that come during a reload count as one.
private struct ReloadOnHangup: Service {
  let agent: AgentService

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      _ = await agent.reload()
    }
  }
}
