import Foundation
import MCPWire
import TestSupport
import Testing

/// The exchanges of one file of cases/mcp-transcripts, to the byte.
struct Recording {
  struct Exchange {
    var title: String
    /// The id of the recorded request; `nil` for a notification and for what has no body.
    var id: Int64?
    var reply: Reply
  }

  static let directory = "mcp-transcripts"
  /// The recordings are beside the project only.
  static let areHere = SharedCases.data("\(directory)/README.md") != nil
  static let absence = Comment(rawValue: "no ../shared/cases/\(directory) here")

  private(set) var exchanges: [Exchange] = []

  init(_ name: String) throws {
    let data = try #require(SharedCases.data("\(Self.directory)/\(name).txt"))
    self.init(bytes: [UInt8](data))
  }

  init(bytes: [UInt8]) {
    exchanges = Self.sections(of: bytes).compactMap { Self.exchange(of: $0) }
  }

  func exchange(_ title: String) throws -> Exchange {
    try #require(exchanges.first { $0.title == title }, "no exchange \"\(title)\"")
  }

  /// Those of this title, in order.
  func all(_ title: String) -> [Exchange] { exchanges.filter { $0.title == title } }

  private static func sections(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let mark = Array("\n##### ".utf8)
    var sections: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    var isFirst = true
    while let range = rest.firstRange(of: mark) {
      if !isFirst { sections.append(rest[..<range.lowerBound]) }
      isFirst = false
      rest = rest[range.upperBound...]
    }
    return isFirst ? [] : sections + [rest]
  }

  private static func exchange(of section: ArraySlice<UInt8>) -> Exchange? {
    guard let titleEnd = section.firstIndex(of: 0x0a),
      let start = section.firstRange(of: Array("\nHTTP/1.".utf8)),
      let headEnd = section[start.upperBound...].firstRange(of: Array("\r\n\r\n".utf8))
    else { return nil }
    let head = text(section[start.upperBound..<headEnd.lowerBound])
    guard let status = Int(head.dropFirst(2).prefix(3)) else { return nil }
    var reply = Reply(status)
    var location: String?
    for line in head.split(whereSeparator: \.isNewline).dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.last?.drop { $0 == " " }.description ?? ""
      switch parts.first?.lowercased() {
      case "content-type": reply.head.contentType = value
      case "mcp-session-id": reply.head.sessionID = value
      case "www-authenticate": reply.head.challenges.append(value)
      case "location": location = value
      default: break
      }
    }
    let (body, isWhole) = body(of: section[headEnd.upperBound...])
    reply.body = body
    reply.end =
      isWhole
      ? .complete(redirectURL: location)
      : .failed(TransferFailure(outcome: .timeoutBody, detail: "time is over"))
    return Exchange(
      title: text(section[..<titleEnd]), id: id(in: text(section[titleEnd..<start.lowerBound])),
      reply: reply)
  }

  /// Up to what the recorder wrote behind it; not whole when curl itself gave up.
  private static func body(of rest: ArraySlice<UInt8>) -> (bytes: [UInt8], isWhole: Bool) {
    let marks = ["curl: (28)", "[curl exit ", "[exit 0]", "[closed by client]"]
    for (number, mark) in marks.enumerated() {
      guard let range = rest.firstRange(of: Array(mark.utf8)) else { continue }
      return (Array(rest[..<range.lowerBound]), number > 0)
    }
    return (Array(rest), true)
  }

  /// Of the request in a command line, whose quotes may be escaped.
  private static func id(in command: String) -> Int64? {
    let plain = command.replacing("\\", with: "").replacing("\": ", with: "\":")
    guard let range = plain.firstRange(of: #""id":"#) else { return nil }
    return Int64(plain[range.upperBound...].prefix { "0123456789".contains($0) })
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}

extension Recording.Exchange {
  /// The reply, with the id that was asked for now.
  func reply(to id: Int64?) -> Reply {
    var reply = reply
    reply.body = Self.renumbered(reply.body, from: self.id, to: id)
    return reply
  }

  static func renumbered(_ bytes: [UInt8], from recorded: Int64?, to id: Int64?) -> [UInt8] {
    guard let recorded, let id, recorded != id else { return bytes }
    var result: [UInt8] = []
    var rest = bytes[...]
    let old = Array("\"id\":\(recorded)".utf8)
    while let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound]
      let isWhole = rest[range.upperBound...].first.map { !(0x30...0x39).contains($0) } ?? true
      result += isWhole ? Array("\"id\":\(id)".utf8) : old
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}

/// The recorded stream of the transport of 2024-11-05, as pieces to be pushed.
struct RecordedStream {
  private let opening: Reply
  private let events: [ArraySlice<UInt8>]

  /// What comes before the first answer is the opening.
  init(_ recording: Recording) throws {
    let title = "the GET stream, opened before the POSTs above and closed by the client after them"
    var opening = try recording.exchange(title).reply
    let body = opening.body
    var events: [ArraySlice<UInt8>] = []
    var rest = body[...]
    // mcp-go ends lines in one way and in the other.
    while let end = ["\n\n", "\r\n\r\n"].compactMap({
      rest.firstRange(of: Array($0.utf8))?.upperBound
    })
    .min() {
      events.append(rest[..<end])
      rest = rest[end...]
    }
    let first = try #require(events.first)
    opening.body = Array(first)
    self.opening = opening
    self.events = Array(events.dropFirst())
  }

  var open: Reply { opening }

  /// The event that answers the recorded request of this id, for the id of now.
  func answer(to recorded: Int64?, as id: Int64?) -> [UInt8] {
    guard let recorded else { return [] }
    let mark = Array("\"id\":\(recorded),".utf8)
    guard let event = events.first(where: { $0.firstRange(of: mark) != nil }) else { return [] }
    return Recording.Exchange.renumbered(Array(event), from: recorded, to: id)
  }
}
