import Agent
import AgentRuntime
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import ServiceManagement
import Threading
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

  /// From the signal to the end of the process, whatever hangs.
  private static let endLimit: Duration = .seconds(10)

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
    guard let output = LogOutput(format: log.format, following: settings.logging) else {
      Terminal.error("breakwater: no descriptor or thread left for the log")
      throw ExitCode(1)
    }
    let logger = log.logger(output)
    defer { output.close() }
    let signals = ProcessSignals(limit: Self.endLimit) {
      logger.critical("Did not end in time and is ended")
      output.close()
    }
    guard let signals else {
      logger.critical("Cannot start", metadata: ["error": "no thread left for signals"])
      throw ExitCode(1)
    }
    do {
      try await serve(logger, output, signals)
    } catch let error as FatalStart {
      logger.critical("Cannot start", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    } catch let error as ListenError {
      logger.critical("Cannot listen", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    } catch let error as SupervisionGaveUp {
      logger.critical("Supervision gave up", metadata: ["error": "\(error)"])
      throw ExitCode(70)
    } catch {
      logger.critical("A part of the agent has failed", metadata: ["error": "\(error)"])
      throw ExitCode(70)
    }
  }

  private func serve(
    _ logger: Logger, _ output: LogOutput, _ signals: ProcessSignals
  ) async throws {
    let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
    var options = options
    if let manager { options.keepAlive = { manager.watchdog() } }
    let agent = try AgentService(
      settings: settings, options: options, logger: logger, log: output)
    var web = web
    web.bounds.connections = min(web.bounds.connections, agent.webConnections)
    web.bounds.refusals = min(web.bounds.refusals, web.bounds.connections)
    let server = WebServer(settings: web, agent: agent, queries: agent, logger: logger)
    let announcer = Announcer(server: server, announce: announce)
    var quiet = logger
    quiet.logLevel = .error
    var services: [any Service] = others + [agent, server, announcer]
    services.append(ReloadOnHangup(agent: agent, hangups: signals.hangups, manager: manager))
    if let crashesAfter { services.append(CrashOnce(agent: agent, after: crashesAfter)) }
    // The last one is the first that hears of the end.
    if let manager {
      services.append(ServiceReports(manager: manager, server: server, agent: agent))
    }
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0) }, logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    let group = ServiceGroup(configuration: configuration)
    let end: @Sendable () -> Void = { Task { await group.triggerGracefulShutdown() } }
    agent.setQuit(end)
    signals.onEnd(end)
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
  let hangups: AsyncStream<Void>
  let manager: ServiceManager?

  func run() async throws {
    for await _ in hangups.cancelOnGracefulShutdown() {
      manager?.reloading()
      _ = await agent.reload(by: .signal)
      manager?.ready()
    }
  }
}
