/// Cuts a `text/event-stream` body into events, by the rules of the WHATWG, whatever its chunks.
///
/// Only events of the types `message` and `endpoint` with data come out: comments, other types,
/// empty (priming) events, `id` and `retry` are passed over. Holds one event's bytes at most.
package struct EventStreamParser: Sendable {
  /// An event that has data.
  package enum Event: Equatable, Sendable {
    case message([UInt8])
    /// Where the transport of 2024-11-05 wants its messages.
    case endpoint([UInt8])
  }

  private enum Place {
    /// In the name of a field, or at the start of a line.
    case name
    /// Just after the colon: one space is dropped.
    case colon
    case value
  }
  private enum Field { case data, type, other }
  private static let message = Array("message".utf8)
  private static let endpoint = Array("endpoint".utf8)

  /// Most bytes of data in one event; an event beyond it ends the stream as far as we care.
  private let limit: Int
  private var place = Place.name
  private var field = Field.other
  /// The name's first eight bytes, the first one highest.
  private var name: UInt64 = 0
  private var nameLength = 0
  private var isFirstLine = true
  /// The last byte was a CR: a LF now belongs to it.
  private var followsReturn = false
  private var data: [UInt8] = []
  private var hasData = false
  private var type: [UInt8] = []
  /// Set by an event whose data was over the limit. Nothing comes out any more.
  package private(set) var isOverLimit = false

  package init(limit: Int) { self.limit = limit }

  /// The data of the next message event that ends in `chunk`, read from `position` on; `nil` when
  /// the chunk is used up. Call it again with the same chunk until then.
  package mutating func next(in chunk: Span<UInt8>, from position: inout Int) -> [UInt8]? {
    while let event = nextEvent(in: chunk, from: &position) {
      if case .message(let data) = event { return data }
    }
    return nil
  }

  /// The same for events of both types.
  package mutating func nextEvent(in chunk: Span<UInt8>, from position: inout Int) -> Event? {
    while position < chunk.count, !isOverLimit {
      let byte = chunk[position]
      if followsReturn {
        followsReturn = false
        if byte == 0x0a {
          position += 1
          continue
        }
      }
      if byte == 0x0a || byte == 0x0d {
        position += 1
        followsReturn = byte == 0x0d
        if let event = endLine() { return event }
      } else if place == .name {
        position += 1
        readName(byte)
      } else {
        readValue(of: chunk, from: &position)
      }
    }
    return nil
  }

  /// The event that the end of the stream left without its blank line, if it has data.
  package mutating func finish() -> [UInt8]? {
    if isOverLimit { return nil }
    if place != .name || nameLength > 0 { _ = endLine() }
    guard case .message(let data) = dispatch() else { return nil }
    return data
  }

  private mutating func readName(_ byte: UInt8) {
    if byte == UInt8(ascii: ":") {
      endName()
      place = .colon
      return
    }
    if nameLength < 8 { name = name << 8 | UInt64(byte) }
    nameLength += 1
  }

  private mutating func endName() {
    if isFirstLine {
      let shift = UInt64(8 * max(0, min(nameLength, 8) - 3))
      if nameLength >= 3, nameLength <= 8, name >> shift == 0xef_bb_bf {
        name &= 1 << shift - 1
        nameLength -= 3
      }
      isFirstLine = false
    }
    switch (nameLength, name) {
    case (4, 0x6461_7461): field = .data
    case (5, 0x65_7665_6e74): field = .type
    default: field = .other
    }
    switch field {
    case .data:
      if hasData { append(0x0a) }
      hasData = true
    case .type: type.removeAll(keepingCapacity: true)
    case .other: break
    }
  }

  private mutating func readValue(of chunk: Span<UInt8>, from position: inout Int) {
    if place == .colon {
      place = .value
      if chunk[position] == 0x20 { position += 1 }
    }
    let start = position
    while position < chunk.count, chunk[position] != 0x0a, chunk[position] != 0x0d { position += 1 }
    switch field {
    case .data: append(chunk, start..<position)
    case .type:
      // Longer than any type of interest: the rest does not matter.
      for index in start..<position where type.count < 16 { type.append(chunk[index]) }
    case .other: break
    }
  }

  private mutating func append(_ byte: UInt8) {
    if data.count < limit { data.append(byte) } else { isOverLimit = true }
  }

  private mutating func append(_ chunk: Span<UInt8>, _ range: Range<Int>) {
    guard range.count <= limit - data.count else {
      isOverLimit = true
      data = []
      return
    }
    data.append(addingCapacity: range.count) { (output: inout OutputSpan<UInt8>) in
      for index in range { output.append(chunk[index]) }
    }
  }

  /// Ends a line; a blank one dispatches.
  private mutating func endLine() -> Event? {
    if place == .name {
      if nameLength == 0 {
        isFirstLine = false
        return dispatch()
      }
      endName()
    }
    place = .name
    name = 0
    nameLength = 0
    return nil
  }

  private mutating func dispatch() -> Event? {
    defer {
      data = []
      hasData = false
      type.removeAll(keepingCapacity: true)
    }
    guard !data.isEmpty, !isOverLimit else { return nil }
    if type.isEmpty || type == Self.message { return .message(data) }
    return type == Self.endpoint ? .endpoint(data) : nil
  }
}
