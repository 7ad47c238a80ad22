import Agent
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Signals

/// Answers every request: finds the route, checks method and size, then renders.
struct Responder: HTTPResponder {
  typealias Context = WebContext

  private let settings: WebSettings
  let agent: any AgentInterface
  let logger: Logger
  private let renderings: Renderings
  private let connections: Connections
  let gate: Gate
  let queries: QueryAPI
  let alertmanager: AlertmanagerAPI

  init(
    settings: WebSettings, agent: any AgentInterface, queries: (any QuerySource)?,
    connections: Connections, logger: Logger
  ) {
    self.settings = settings
    self.agent = agent
    self.logger = logger
    self.connections = connections
    gate = Gate(
      watch: settings.config, hosts: HostNames(settings.hostNames), passwords: Passwords(),
      agent: agent, logger: logger)
    let ledger = PageLedger(most: settings.bounds.pageBytes)
    self.queries = QueryAPI(
      agent: agent, source: queries, bounds: settings.bounds, ledger: ledger)
    alertmanager = AlertmanagerAPI(
      agent: agent, threads: self.queries.threads, ledger: ledger, bounds: settings.bounds)
    renderings = Renderings(
      agent: agent, ledger: ledger, queries: self.queries.threads, connections: connections,
      watch: settings.config)
  }

  func respond(to request: Request, context: WebContext) async throws -> Response {
    let config = gate.config
    var response: Response
    do {
      response = try await answer(request, from: context.client, under: config)
    } catch let problem as Problem {
      if let refusal = problem.refusal { connections.countRefusal(refusal) }
      response = .problem(problem, isBare: request.head.path?.hasPrefix("/api/v2/") ?? false)
    } catch let error as HTTPParserError {
      throw error  // the connection answers 400 and ends
    } catch {
      logger.error("request failed", metadata: ["error": "\(type(of: error))"])
      response = .problem(.internal("internal error"))
    }
    response.headers.addDefenses(config.headers)
    if request.headers[.connection] == "close" { response.headers[.connection] = "close" }
    return request.method == .head ? response.createHeadResponse() : response
  }

  private func answer(
    _ request: Request, from client: ClientAddress, under config: WebConfig
  ) async throws -> Response {
    let path = request.head.path ?? ""
    guard path.utf8.count <= settings.bounds.urlBytes else {
      throw Problem(
        status: .uriTooLong, kind: .tooLarge, message: "the URL is too long"
      ).because(.url)
    }
    let body = try await body(of: request)
    let visitor = try await gate.visitor(of: request, from: client, under: config)
    guard let target = RequestTarget(path) else {
      throw Problem.badData("the URL is not a path, or an escape in it is not UTF-8")
    }
    // What is off is as good as not there, whatever the method.
    guard let route = Route(target.segments), route != .probe || agent.servesProbe else {
      throw Problem.notFound("no such page")
    }
    guard route.methods.contains(request.method.rawValue) else {
      throw Problem.methodNotAllowed(allow: route.methods, route.readingOnly)
    }
    if let flag = route.flag { try check(flag) }
    try gate.check(visitor, route, request.method.rawValue)
    return try await answer(route, target, request, body, by: visitor.caller)
  }

  private func answer(
    _ route: Route, _ target: RequestTarget, _ request: Request, _ body: [UInt8],
    by caller: Caller
  ) async throws -> Response {
    switch route {
    case .metrics: return try await metrics(request)
    case .index: return try await page(.index, type: "text/html; charset=utf-8")
    case .style: return .text(Stylesheet.text, type: "text/css; charset=utf-8")
    case .healthy: return .text("Breakwater is Healthy.\n")
    case .ready: return try ready()
    case .reload: return try await reload(by: caller)
    case .quit: return await quit(by: caller)
    case .drill(let fault): return try await drill(fault, target.query, by: caller)
    case .act(let kind, let name): return try await act(kind, on: name, by: caller)
    case .mcps: return try await page(.mcps, type: "application/json")
    case .mcp(let name):
      let (mcp, now) = try mcp(named: name)
      return try .json(MCPView(mcp, at: now))
    case .recoveryQueue: return try await page(.recoveryQueue, type: "application/json")
    case .discovery: return try await page(.discovery, type: "application/json")
    case .events(let name):
      _ = try mcp(named: name)
      return try await events(of: name, EventQuery(target.query))
    case .agentEvents: return try await events(of: "", EventQuery(target.query))
    case .query(let route): return try await query(route, target, request, body)
    case .probe: return try await probe(target.query, request)
    case .alertmanager(let route):
      return try await alertmanager(route, target, request, body, by: caller)
    case .messages: return try await messages(MessageQuery(target.query))
    case .redeliver(let id): return try await redeliver(id, by: caller)
    }
  }
}

// MARK: Bounds and flags

extension Responder {
  /// Only forms are read; whatever comes must be small.
  private func body(of request: Request) async throws -> [UInt8] {
    let limit = settings.bounds.bodyBytes
    let tooLarge = Problem(
      status: .contentTooLarge, kind: .tooLarge, message: "the body is larger than \(limit) bytes"
    ).because(.body)
    if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
      throw tooLarge
    }
    var bytes: [UInt8] = []
    for try await part in request.body {
      guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
      bytes.append(contentsOf: part.readableBytesView)
    }
    return bytes
  }

  private func check(_ flag: Route.Flag) throws(Problem) {
    switch flag {
    case .lifecycle where !settings.enableLifecycle:
      throw .forbidden("the lifecycle API is off; start Breakwater with --web.enable-lifecycle")
    case .faultInjection where !settings.enableFaultInjection:
      throw .forbidden(
        "fault injection is off; start Breakwater with --web.enable-fault-injection")
    case .lifecycle, .faultInjection: break
    }
  }
}

// MARK: Answers

extension Responder {
  private func metrics(_ request: Request) async throws -> Response {
    let format = Negotiation.format(accept: request.headers[values: .accept].joined(separator: ","))
    let gzip = request.wantsGzip
    var response = try await page(
      .metrics(format, gzip: gzip), type: format.contentType)
    if gzip { response.headers[.contentEncoding] = "gzip" }
    response.headers[.vary] = "Accept, Accept-Encoding"
    return response
  }

  private func query(
    _ route: QueryRoute, _ target: RequestTarget, _ request: Request, _ body: [UInt8]
  ) async throws -> Response {
    let parameters = try QueryParameters(target: target, form: request.isForm ? body : nil)
    let gzip = request.wantsGzip
    return sending(try await queries.answer(route, parameters, gzip: gzip), isGzip: gzip)
  }

  /// JSON, packed or not.
  func sending(_ rendered: RenderedPage, isGzip: Bool) -> Response {
    var response = sending(rendered, type: "application/json")
    if isGzip { response.headers[.contentEncoding] = "gzip" }
    response.headers[.vary] = "Accept-Encoding"
    return response
  }

  private func page(
    _ page: Renderings.Page, type: String
  ) async throws -> Response {
    sending(try await renderings.page(page), type: type)
  }

  func sending(_ rendered: RenderedPage, type: String) -> Response {
    let body = ResponseBody(contentLength: rendered.count) { writer in
      for block in rendered.blocks { try await writer.write(block) }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: type], body: body)
  }

  private func probe(_ query: [String: String], _ request: Request) async throws -> Response {
    // A GET that makes connections is for no other site either.
    try Gate.refuseOtherSites(request)
    let timeout = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds")
      .flatMap { request.headers[$0] }
    let question = try ProbeQuestion(query, scrapeTimeout: timeout)
    switch await agent.probe(
      url: question.target, transport: question.transport, timeout: question.timeout)
    {
    case .result(let result):
      return .text(ProbePage.text(result), type: ExpositionFormat.text004.contentType)
    case .refused(let why): throw Problem.badData(why)
    case .busy: throw Problem.unavailable("as many probes as may are under way")
    }
  }

  private func ready() throws(Problem) -> Response {
    if let reason = agent.notReadyReason() { throw .unavailable(reason) }
    return .text("Breakwater is Ready.\n")
  }

  func mcp(named name: String) throws(Problem) -> (MCPStatus, Timestamp) {
    let snapshot = agent.snapshot()
    guard let mcp = snapshot.mcps.first(where: { $0.description.name == name }) else {
      throw .notFound("no such MCP")
    }
    return (mcp, snapshot.at)
  }

  private func events(of name: String, _ query: EventQuery) async throws -> Response {
    let events: [StoredEvent]
    do {
      events = try await agent.events(of: name, limit: query.limit, before: query.before)
    } catch {
      logger.warning("events cannot be read", metadata: ["error": "\(type(of: error))"])
      throw Problem.unavailable("the journal cannot be read")
    }
    return try .json(events.map(EventView.init))
  }
}

extension Request {
  var wantsGzip: Bool {
    Negotiation.wantsGzip(acceptEncoding: headers[values: .acceptEncoding].joined(separator: ","))
  }

  fileprivate var isForm: Bool {
    guard method == .post, let type = headers[.contentType] else { return false }
    let name = type.prefix { $0 != ";" && $0 != " " }
    return name.lowercased() == "application/x-www-form-urlencoded"
  }
}
