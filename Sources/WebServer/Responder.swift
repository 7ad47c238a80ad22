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
  typealias Context = BasicRequestContext

  private let settings: WebSettings
  private let agent: any AgentInterface
  private let logger: Logger
  private let renderings: Renderings
  private let connections: Connections
  let queries: QueryAPI

  init(
    settings: WebSettings, agent: any AgentInterface, queries: (any QuerySource)?,
    connections: Connections, logger: Logger
  ) {
    self.settings = settings
    self.agent = agent
    self.logger = logger
    self.connections = connections
    let ledger = PageLedger(most: settings.bounds.pageBytes)
    self.queries = QueryAPI(
      agent: agent, source: queries, bounds: settings.bounds, ledger: ledger)
    renderings = Renderings(
      agent: agent, ledger: ledger, queries: self.queries.threads, connections: connections)
  }

  func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
    var response: Response
    do {
      response = try await answer(request)
    } catch let problem as Problem {
      if let refusal = problem.refusal { connections.countRefusal(refusal) }
      response = .problem(problem)
    } catch let error as HTTPParserError {
      throw error  // the connection answers 400 and ends
    } catch {
      logger.error("request failed", metadata: ["error": "\(type(of: error))"])
      response = .problem(.internal("internal error"))
    }
    response.headers.addDefenses()
    if request.headers[.connection] == "close" { response.headers[.connection] = "close" }
    return request.method == .head ? response.createHeadResponse() : response
  }

  private func answer(_ request: Request) async throws -> Response {
    let path = request.head.path ?? ""
    guard path.utf8.count <= settings.bounds.urlBytes else {
      throw Problem(
        status: .uriTooLong, kind: .tooLarge, message: "the URL is too long"
      ).because(.url)
    }
    let body = try await body(of: request)
    guard let target = RequestTarget(path) else {
      throw Problem.badData("the URL is not a path, or an escape in it is not UTF-8")
    }
    // What is off is as good as not there, whatever the method.
    guard let route = Route(target.segments), route != .probe || agent.servesProbe else {
      throw Problem.notFound("no such page")
    }
    guard route.methods.contains(request.method.rawValue) else {
      throw Problem.methodNotAllowed(allow: route.methods)
    }
    if let needed = route.permission { try check(needed, request) }
    switch route {
    case .metrics: return try await metrics(request)
    case .index: return try await page(.index, type: "text/html; charset=utf-8")
    case .style: return .text(Stylesheet.text, type: "text/css; charset=utf-8")
    case .healthy: return .text("Breakwater is Healthy.\n")
    case .ready: return try ready()
    case .reload: return try await reload()
    case .quit:
      agent.quit()
      return .text("Breakwater is shutting down.\n")
    case .drill(let fault): return try drill(fault, target.query)
    case .mcps: return try await page(.mcps, type: "application/json")
    case .mcp(let name):
      let (mcp, now) = try mcp(named: name)
      return try .json(MCPView(mcp, at: now))
    case .recoveryQueue: return try await page(.recoveryQueue, type: "application/json")
    case .events(let name):
      _ = try mcp(named: name)
      return try await events(of: name, EventQuery(target.query))
    case .agentEvents: return try await events(of: "", EventQuery(target.query))
    case .query(let route): return try await query(route, target, request, body)
    case .probe: return try await probe(target.query, request)
    }
  }
}

// MARK: Bounds and permissions

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

  /// Acting is off unless switched on, and never on for a page of another site in a browser.
  private func check(_ permission: Route.Permission, _ request: Request) throws(Problem) {
    switch permission {
    case .lifecycle where !settings.enableLifecycle:
      throw .forbidden("the lifecycle API is off; start Breakwater with --web.enable-lifecycle")
    case .faultInjection where !settings.enableFaultInjection:
      throw .forbidden(
        "fault injection is off; start Breakwater with --web.enable-fault-injection")
    case .lifecycle, .faultInjection: break
    }
    try refuseOtherSites(request)
  }

  private func refuseOtherSites(_ request: Request) throws(Problem) {
    let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
    if let site, site != "same-origin" && site != "none" {
      throw .forbidden("requests of other sites may not act")
    }
    if let origin = request.headers[.origin] {
      let host = origin.split(separator: "/").last.map(String.init)
      guard host == request.head.authority else {
        throw .forbidden("requests of other sites may not act")
      }
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
    let answer = try await queries.answer(route, parameters, gzip: gzip)
    var response = sending(answer, type: "application/json")
    if gzip { response.headers[.contentEncoding] = "gzip" }
    response.headers[.vary] = "Accept-Encoding"
    return response
  }

  private func page(
    _ page: Renderings.Page, type: String
  ) async throws -> Response {
    sending(try await renderings.page(page), type: type)
  }

  private func sending(_ rendered: RenderedPage, type: String) -> Response {
    let body = ResponseBody(contentLength: rendered.count) { writer in
      for block in rendered.blocks { try await writer.write(block) }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: type], body: body)
  }

  private func probe(_ query: [String: String], _ request: Request) async throws -> Response {
    try refuseOtherSites(request)
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

  private func reload() async throws(Problem) -> Response {
    let problems = await agent.reload()
    guard problems.isEmpty else {
      throw .internal("failed to reload config: \(problems.joined(separator: "; "))")
    }
    return .text("Configuration reloaded.\n")
  }

  /// The coordinator fails within a turn; with `mcp`, while it has that MCP in hand.
  private func drill(
    _ fault: CoordinatorDrill.Fault, _ query: [String: String]
  ) throws(Problem) -> Response {
    let name = query["mcp"]
    if let name { _ = try mcp(named: name) }
    guard agent.drill(CoordinatorDrill(fault, mcp: name)) else {
      throw .unavailable("as many drills wait as may")
    }
    return .text("The coordinator is asked to \(fault.rawValue).\n")
  }

  private func mcp(named name: String) throws(Problem) -> (MCPStatus, Timestamp) {
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
  fileprivate var wantsGzip: Bool {
    Negotiation.wantsGzip(acceptEncoding: headers[values: .acceptEncoding].joined(separator: ","))
  }

  fileprivate var isForm: Bool {
    guard method == .post, let type = headers[.contentType] else { return false }
    let name = type.prefix { $0 != ";" && $0 != " " }
    return name.lowercased() == "application/x-www-form-urlencoded"
  }
}
