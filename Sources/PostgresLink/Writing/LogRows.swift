import Agent
import MCPWire
import Signals

/// Rows of `mcp_health_log` in the binary form of COPY.
@safe struct LogRows: Sendable {
  private(set) var count = 0
  /// Without header and end.
  private var rows: WireBytes
  private let log: LogColumns
  private let idType: ColumnType
  private let timeType: ColumnType
  private let responseType: ColumnType
  private var eventID: EventIDField
  private let types = Self.types
  private let statuses = Self.statuses

  private static let types = FieldTable(RawNames.types)
  private static let statuses = FieldTable(RawNames.health)
  private static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [UInt8](repeating: 0, count: 8)
  private static let columns = [
    "mcp_server_id", "timestamp", "status", "response_time_ms", "error_message", "meta_data",
    "event_type", "event_id",
  ]

  /// `room`: bytes that nobody needs any more, to be written over.
  init(_ schema: AttachedSchema, agentID: String, over room: consuming [UInt8]) {
    rows = WireBytes(over: consume room)
    log = schema.log
    idType = log.serverID.type
    timeType = log.timestamp.type
    responseType = log.responseTimeMilliseconds.type
    eventID = EventIDField(agentID: agentID)
    rows.append(atMost: Self.header.count) { $0.put(Self.header) }
  }

  /// Makes room for so many rows of the usual length.
  mutating func reserve(_ rows: Int) { self.rows.reserve(rows * 128 + 256) }

  /// `view` is not changed: so it is not copied.
  mutating func append(_ view: inout FeedLogView, id: Int64, in chunk: ChunkBytes) {
    let detail = unsafe chunk.text(view.detail)
    let cleaned =
      view.detail.isEmpty ? nil : unsafe WireText.cleaned(detail, limit: log.errorMessage.limit)
    let metaData = view.hasMetaData ? view.metaData(in: chunk) : nil
    let most =
      120 + (cleaned?.count ?? 0) + (metaData?.count ?? 0) + 2 * FieldTable.room
      + eventID.most
    rows.append(atMost: most) { pen in
      pen.put(Int16(8))
      pen.putNumber(id, as: idType)
      pen.putNumber(view.timestamp.wireMicroseconds, as: timeType)
      pen.put(statuses, view.status.number)
      if let milliseconds = view.responseMilliseconds {
        pen.putNumber(milliseconds, as: responseType)
      } else {
        pen.putNull()
      }
      if let cleaned { pen.putField(cleaned) } else { pen.putNull() }
      if let metaData { pen.putJSON(metaData, as: log.metaData.type) } else { pen.putNull() }
      pen.put(types, view.type.number)
      eventID.put(view.sequence, to: &pen)
    }
    count += 1
  }

  /// What COPY reads; nothing is left here.
  mutating func takeCopy() -> [UInt8] {
    rows.append(atMost: 2) { $0.put(Int16(-1)) }
    return rows.take()
  }

  static func copySQL(_ schema: AttachedSchema) -> String {
    "COPY \(target(schema)) FROM STDIN (FORMAT binary)"
  }

  /// Writes the rows whose event ids are not there yet. Nothing is left here.
  mutating func takeInsert(_ schema: AttachedSchema) -> Statement {
    let types = [
      log.serverID, log.timestamp, log.status, log.responseTimeMilliseconds, log.errorMessage,
      log.metaData, log.eventType, log.eventID,
    ].map(\.type)
    var columns = Array(repeating: [UInt8](), count: types.count)
    let bytes = rows.take()
    var place = Self.header.count
    for _ in 0..<count {
      place += 2
      for column in columns.indices {
        let length = bytes[place..<(place + 4)].reduce(Int32(0)) { $0 << 8 | Int32($1) }
        let end = place + 4 + Int(max(0, length))
        columns[column] += bytes[place..<end]
        place = end
      }
    }
    var parameters = Parameters()
    for (elements, type) in zip(columns, types) {
      parameters.append(array: elements, of: type, count: count, hasNull: true)
    }
    let places = types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    return Statement(
      """
      INSERT INTO \(Self.target(schema)) SELECT * FROM unnest(\(places))
      ON CONFLICT ("event_id") DO NOTHING
      """, parameters)
  }

  private static func target(_ schema: AttachedSchema) -> String {
    let columns = columns.map(QuotedName.quoting).joined(separator: ", ")
    return "\(schema.table("mcp_health_log")) (\(columns))"
  }
}

extension FeedLogView {
  /// A plain success says nothing but that it was one.
  var hasMetaData: Bool {
    !data.isEmpty || (outcome != nil && !(type == .healthCheckSuccess))
  }

  /// The outcome and the data as a JSON object.
  func metaData(in chunk: ChunkBytes) -> [UInt8] {
    var pairs: [(name: [UInt8], value: [UInt8])] = []
    if let outcome {
      pairs.append((Array("outcome".utf8), RawNames.outcomes[Int(outcome.number)]))
    }
    for pair in FeedPairs(in: chunk.bytes, at: data) {
      pairs.append((chunk.cleaned(pair.name), chunk.cleaned(pair.value)))
    }
    return WireText.json(pairs)
  }
}

extension WirePen {
  @inline(__always)
  mutating func putNull() { put(Int32(-1)) }

  /// A number or a time; cut to what the type holds.
  @inline(__always)
  mutating func putNumber(_ value: Int64, as type: ColumnType) {
    switch type {
    case .int2:
      put(Int32(2))
      put(Int16(clamping: value))
    case .int4:
      put(Int32(4))
      put(Int32(clamping: value))
    default:
      put(Int32(8))
      put(value)
    }
  }

  mutating func putField(_ bytes: [UInt8]) {
    put(Int32(truncatingIfNeeded: bytes.count))
    put(bytes)
  }

  /// jsonb has a version before the text.
  mutating func putJSON(_ json: [UInt8], as type: ColumnType) {
    guard type == .jsonb else { return putField(json) }
    put(Int32(truncatingIfNeeded: json.count + 1))
    put(UInt8(1))
    put(json)
  }
}
