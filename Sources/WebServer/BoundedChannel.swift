import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection: HTTP/1.1, one request at a time, with the deadlines that Hummingbird leaves open.
struct BoundedChannel: ServerChildChannel {
  enum Value: ServerChildChannelValue {
    case http(HTTP1Channel.Value)
    case refused(any Channel)

    var channel: any Channel {
      switch self {
      case .http(let connection): connection.channel
      case .refused(let channel): channel
      }
    }
  }

  private let http: HTTP1Channel
  private let bounds: WebBounds
  private let connections: Connections
  /// What a new connection comes through; `nil`: plain HTTP.
  private let tls: @Sendable () -> TLSDoor?

  init(
    responder: @escaping HTTPChannelHandler.Responder, bounds: WebBounds, connections: Connections,
    tls: @escaping @Sendable () -> TLSDoor?, logger: Logger
  ) {
    self.bounds = bounds
    self.tls = tls
    self.connections = connections
    http = HTTP1Channel(
      responder: { request, writer, channel in
        guard let unfit = Unfit(target: request.head.path ?? "") else {
          return try await responder(request, writer, channel)
        }
        if let refusal = unfit.problem.refusal { connections.countRefusal(refusal) }
        try await unfit.answer(request, writer)
      },
      configuration: .init(
        idleTimeout: TimeAmount(bounds.idleTimeout),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: bounds.headBytes, maxHeaderListSize: bounds.headBytes,
          maxHeaderFieldCount: 100)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    guard connections.admit(channel) else {
      return channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(Refusal())
        return .refused(channel)
      }
    }
    let (bounds, connections) = (self.bounds, self.connections)
    let prepared = channel.eventLoop.makeCompletedFuture {
      try tls()?.addHandlers(to: channel.pipeline.syncOperations, counting: connections)
      try channel.pipeline.syncOperations.addHandler(
        Deadlines(bounds: bounds, connections: connections))
    }
    return prepared.flatMap {
      http.setup(channel: channel, logger: logger)
    }.flatMapThrowing { connection in
      let pipeline = channel.pipeline.syncOperations
      let deadlines = try pipeline.handler(type: Deadlines.self)
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(HTTPPhases(deadlines, connections), position: .after(decoder))
      return .http(connection)
    }
  }

  func handle(value: Value, logger: Logger) async {
    if case .http(let connection) = value { await http.handle(value: connection, logger: logger) }
  }
}
