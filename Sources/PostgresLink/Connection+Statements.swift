import Agent
import CLibpq
import Threading

extension Connection {
  /// Runs one statement. Inside no transaction of the caller's it is one by itself.
  package func execute(
    _ statement: Statement, within time: Duration
  ) throws(LinkError) -> Rows {
    let connection = try unsafe begin(within: time)
    try unsafe send(statement, connection)
    // Row by row, so that an answer without end is not kept in libpq.
    _ = unsafe PQsetSingleRowMode(connection)
    let answer = try unsafe collect(connection)
    end()
    if let error = answer.error { throw error }
    return answer.rows.last ?? Rows()
  }

  /// Sends all statements at once. They are one transaction unless they say BEGIN and COMMIT
  /// themselves: with one that fails, nothing of the others remains, and the session goes on.
  package func pipeline(
    _ statements: [Statement], within time: Duration
  ) throws(LinkError) -> [Rows] {
    let connection = try unsafe begin(within: time)
    guard unsafe PQenterPipelineMode(connection) == 1 else { throw unsafe refusal(connection) }
    do throws(LinkError) {
      for statement in statements { try unsafe send(statement, connection) }
    } catch {
      close()
      throw error
    }
    guard unsafe PQpipelineSync(connection) == 1 else { throw unsafe lost(connection) }
    let answer = try unsafe collect(connection, statements: statements.count)
    guard unsafe PQexitPipelineMode(connection) == 1 else { throw unsafe refusal(connection) }
    end()
    if let error = answer.error { throw error }
    return answer.rows
  }

  /// Runs statements without parameters, separated by semicolons. What a SELECT among them answers
  /// is thrown away.
  package func run(script: String, within time: Duration) throws(LinkError) {
    let connection = try unsafe begin(within: time)
    guard unsafe PQsendQuery(connection, script) == 1 else { throw unsafe refusal(connection) }
    let answer = try unsafe collect(connection)
    end()
    if let error = answer.error { throw error }
  }

  /// Runs `COPY ... FROM STDIN (FORMAT binary)` with all of `bytes`; the number of rows.
  package func copy(
    _ sql: String, _ bytes: [UInt8], within time: Duration
  ) throws(LinkError) -> Int {
    let connection = try unsafe begin(within: time)
    try unsafe send(Statement(sql), connection)
    let start = try unsafe collect(connection, untilCopy: true)
    guard start.isCopying else {
      end()
      throw start.error ?? LinkError(.other, detail: "a COPY that wants no data")
    }
    try unsafe put(bytes, connection)
    let answer = try unsafe collect(connection)
    end()
    if let error = answer.error { throw error }
    return answer.rows.last?.affected ?? 0
  }

  private func put(_ bytes: [UInt8], _ connection: OpaquePointer) throws(LinkError) {
    var next = 0
    while next < bytes.count && !operation.isCancelled {
      let piece = min(64 << 10, bytes.count - next)
      let code = unsafe bytes.withUnsafeBytes { all in
        unsafe PQputCopyData(
          connection, all.baseAddress?.advanced(by: next).assumingMemoryBound(to: CChar.self),
          Int32(piece))
      }
      if code < 0 { throw unsafe lost(connection) }
      if code == 1 { next += piece }
      let isFull = unsafe code == 0 || PQflush(connection) != 0
      if isFull { try unsafe turn(connection) }
    }
    while true {
      let code = unsafe PQputCopyEnd(connection, operation.isCancelled ? "given up" : nil)
      if code < 0 { throw unsafe lost(connection) }
      if code == 1 { return }
      try unsafe turn(connection)
    }
  }

  private func send(
    _ statement: Statement, _ connection: OpaquePointer
  ) throws(LinkError) {
    let parameters = statement.parameters
    guard parameters.fields.count <= Self.mostParameters,
      parameters.bytes.count <= Int(Int32.max) / 2
    else { throw LinkError(.data, detail: "a statement with too many parameters") }
    let types = parameters.fields.map(\.oid)
    let lengths = parameters.fields.map { Int32(clamping: $0.range?.count ?? 0) }
    let formats = [Int32](repeating: 1, count: lengths.count)
    // Not empty, so that an empty value has an address and is no NULL.
    let bytes = parameters.bytes + [0]
    let sent = unsafe bytes.withUnsafeBytes { all in
      let base = unsafe all.baseAddress?.assumingMemoryBound(to: CChar.self)
      let values = unsafe parameters.fields.map { field in
        unsafe field.range.flatMap { range in unsafe base.map { unsafe $0 + range.lowerBound } }
      }
      return unsafe PQsendQueryParams(
        connection, statement.sql, Int32(lengths.count), types, values, lengths, formats, 1)
    }
    guard sent == 1 else { throw unsafe refusal(connection) }
  }

  /// libpq took no order: the connection is gone, or is in a state that is a mistake of ours.
  private func refusal(_ connection: OpaquePointer) -> LinkError {
    if unsafe PQstatus(connection) == CONNECTION_BAD { return unsafe lost(connection) }
    let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
    close()
    return LinkError(.other, detail: ServerText.line(text))
  }
}

/// Everything that came for an operation.
private struct Answer {
  var rows: [Rows] = []
  /// Of a statement whose rows come one by one.
  var unfinished: Rows?
  /// Of all values.
  var size = 0
  /// The first one.
  var error: LinkError?
  /// The server waits for the data of a COPY.
  var isCopying = false

  mutating func add(_ result: OpaquePointer) {
    var rows = unfinished ?? Rows()
    unfinished = nil
    let before = rows.size
    unsafe rows.append(result)
    size += rows.size - before
    if unsafe PQresultStatus(result) == PGRES_SINGLE_TUPLE {
      unfinished = rows
    } else {
      self.rows.append(rows)
    }
  }
}

extension Connection {
  /// Reads to the end of the answer, also after an error: the next statement could not be sent
  /// before. `statements`: so many in pipeline mode.
  private func collect(
    _ connection: OpaquePointer, statements: Int? = nil, untilCopy: Bool = false
  ) throws(LinkError) -> Answer {
    var answer = Answer()
    // Each statement of a pipeline ends with a nil, and one more is nobody's.
    var ends = (statements ?? 0) + 2
    while true {
      do throws(LinkError) {
        while unsafe PQisBusy(connection) == 1 { try unsafe turn(connection) }
      } catch {
        throw Self.farewell(answer.error, error)
      }
      guard let result = unsafe PQgetResult(connection) else {
        if unsafe PQstatus(connection) == CONNECTION_BAD {
          throw Self.farewell(answer.error, unsafe lost(connection))
        }
        if statements == nil { return answer }
        ends -= 1
        if ends == 0 { throw unsafe refusal(connection) }
        continue
      }
      defer { unsafe PQclear(result) }
      switch unsafe PQresultStatus(result) {
      case PGRES_PIPELINE_SYNC: return answer
      case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
        unsafe answer.add(result)
        if answer.size > Self.mostAnswerBytes { throw tooMuch() }
      case PGRES_PIPELINE_ABORTED: break
      case PGRES_COPY_IN where untilCopy:
        answer.isCopying = true
        return answer
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        close()
        throw LinkError(.other, detail: "a COPY where none is expected")
      default:
        let error = unsafe ServerError.error(of: result)
        answer.unfinished = nil
        if answer.error == nil { answer.error = error }
      }
    }
  }

  /// The server's last words are the answer to the statement, when there was one; the end of the
  /// connection comes after them.
  private static func farewell(_ said: LinkError?, _ end: LinkError) -> LinkError {
    guard let said, said.reason == .lost, end.reason == .lost else { return end }
    return said
  }
}
