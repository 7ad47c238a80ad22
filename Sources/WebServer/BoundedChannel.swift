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

  init(
    responder: @escaping HTTPChannelHandler.Responder, bounds: WebBounds, connections: Connections,
    logger: Logger
  ) {
    self.bounds = bounds
    self.connections = connections
    http = HTTP1Channel(
      responder: responder,
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
    let bounds = self.bounds
    let prepared = channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(Deadlines(bounds: bounds))
    }
    return prepared.flatMap {
      http.setup(channel: channel, logger: logger)
    }.flatMapThrowing { connection in
      let pipeline = channel.pipeline.syncOperations
      let deadlines = try pipeline.handler(type: Deadlines.self)
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(RequestPhases(deadlines), position: .after(decoder))
      return .http(connection)
    }
  }

  func handle(value: Value, logger: Logger) async {
    if case .http(let connection) = value { await http.handle(value: connection, logger: logger) }
  }
}

/// Says 503 to a connection too many, and closes it.
private final class Refusal: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let answer = """
    HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
    Content-Length: 0\r\n\r\n
    """

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
    context.close(promise: nil)
  }
}
