import Agent
import CLibpq
package import Signals
import Threading

/// A session with one Postgres server, used by one thread. Every wait is for the socket, for
/// `Interrupt.raise` and for a deadline; nothing waits longer.
///
/// A statement past its time is cancelled and has `grace` more to say so: then the session goes on.
/// A server that says nothing, an interrupt and a lost connection make it unusable.
@safe package final class Connection {
  /// What the server told while or before something else was asked.
  package struct Notification: Equatable, Sendable {
    package var channel: String
    package var payload: String
    package var backendPID: Int32
  }

  /// For the answer to a cancel.
  package static let grace = Duration.seconds(1)
  /// Notifications that nobody has taken; more are forgotten.
  package static let mostNotifications = 1000
  /// libpq's wire protocol counts them in 16 bits.
  package static let mostParameters = 65_535
  /// Of an answer; a session that is told more is given up.
  package static let mostAnswerBytes = 64 << 20
  /// Bytes that a read of libpq leaves inside OpenSSL are not seen by poll: so long they stay.
  private static let tlsPeriod = Duration.milliseconds(100)

  /// The host it is connected to, for people.
  package let host: String
  let interrupt: Interrupt
  private(set) var raw: OpaquePointer?
  private let farewell: UnsafeMutablePointer<clibpq_farewell>
  private let cancels: CancelThread
  private var waiting: [Notification] = []
  var operation = Operation()

  /// What is being waited for.
  struct Operation {
    var deadline = MonotonicInstant(nanoseconds: 0)
    /// The deadline is over; what is awaited is the answer to the cancel.
    var isCancelled = false
    var cancel: CancelThread.Order?
  }

  /// Takes what `Attempt` has connected.
  init(
    _ raw: OpaquePointer, _ farewell: UnsafeMutablePointer<clibpq_farewell>, host: String,
    interrupt: Interrupt, cancels: CancelThread
  ) {
    unsafe self.raw = unsafe raw
    unsafe self.farewell = unsafe farewell
    self.host = host
    self.interrupt = interrupt
    self.cancels = cancels
  }

  deinit {
    close()
    unsafe clibpq_farewell_free(farewell)
  }

  /// Ends the session without waiting for anybody.
  package func close() {
    guard let connection = unsafe raw else { return }
    unsafe PQfinish(connection)
    unsafe raw = nil
  }

  package var isUsable: Bool {
    guard let connection = unsafe raw else { return false }
    return unsafe PQstatus(connection) == CONNECTION_OK
  }

  /// `150018` for 15.18; 0 when closed.
  package var serverVersion: Int { Int(unsafe raw.map { unsafe PQserverVersion($0) } ?? 0) }
  package var backendPID: Int32 { unsafe raw.map { unsafe PQbackendPID($0) } ?? 0 }
  package var usesTLS: Bool { unsafe raw.map { unsafe PQsslInUse($0) != 0 } ?? false }

  package enum TransactionStatus: Sendable { case idle, active, inTransaction, inError, unknown }

  package var transactionStatus: TransactionStatus {
    guard let connection = unsafe raw else { return .unknown }
    switch unsafe PQtransactionStatus(connection) {
    case PQTRANS_IDLE: return .idle
    case PQTRANS_ACTIVE: return .active
    case PQTRANS_INTRANS: return .inTransaction
    case PQTRANS_INERROR: return .inError
    default: return .unknown
    }
  }

  /// Those that came since they were last asked for.
  package func notifications() -> [Notification] {
    defer { waiting = [] }
    return waiting
  }

  package enum Wake: Sendable { case notified, rung, deadline }

  /// Waits while nothing is asked of the server, and returns at the first of: a notification that
  /// nobody has taken, a ring of the interrupt, `deadline`.
  package func waitForNotification(until deadline: MonotonicInstant) throws(LinkError) -> Wake {
    let connection = try unsafe live()
    try unsafe consume(connection)
    while waiting.isEmpty {
      let wake = interrupt.wait(
        for: unsafe PQsocket(connection), .readable, hearsRing: true, until: deadline)
      if wake.contains(.raised) { throw abandon() }
      if wake.contains(.readable) { try unsafe consume(connection) }
      if wake.contains(.rung) { return .rung }
      if wake.isEmpty { return .deadline }
    }
    return .notified
  }
}

extension Connection {
  func live() throws(LinkError) -> OpaquePointer {
    guard let connection = unsafe raw else {
      throw LinkError(.lost, detail: "the connection is closed")
    }
    return unsafe connection
  }

  /// Starts an operation that may take so long.
  func begin(within time: Duration) throws(LinkError) -> OpaquePointer {
    let connection = try unsafe live()
    operation = Operation()
    operation.deadline = SystemClock.monotonic.advanced(by: time)
    return unsafe connection
  }

  /// One step of an operation: sends what waits, then waits for the server and reads what it says.
  func turn(_ connection: OpaquePointer) throws(LinkError) {
    let left = unsafe PQflush(connection)
    if left < 0 { throw unsafe lost(connection) }
    var until = operation.deadline
    if usesTLS { until = min(until, SystemClock.monotonic.advanced(by: Self.tlsPeriod)) }
    let wake = interrupt.wait(
      for: unsafe PQsocket(connection), left == 1 ? [.readable, .writable] : .readable,
      until: until)
    if wake.contains(.raised) { throw abandon() }
    if wake.contains(.readable) || (wake.isEmpty && usesTLS) { try unsafe consume(connection) }
    if SystemClock.monotonic >= operation.deadline { try unsafe overdue(connection) }
  }

  /// Reads what has come.
  private func consume(_ connection: OpaquePointer) throws(LinkError) {
    // With TLS a record may be larger than the room that libpq had for it.
    for _ in 0..<(usesTLS ? 2 : 1) where unsafe PQconsumeInput(connection) == 0 {
      throw unsafe lost(connection)
    }
    unsafe takeNotifications(connection)
  }

  private func takeNotifications(_ connection: OpaquePointer) {
    while let notification = unsafe PQnotifies(connection) {
      if waiting.count < Self.mostNotifications {
        waiting.append(
          Notification(
            channel: unsafe String(cString: notification.pointee.relname),
            payload: unsafe String(cString: notification.pointee.extra),
            backendPID: unsafe notification.pointee.be_pid))
      }
      unsafe PQfreemem(notification)
    }
  }

  /// The first time: cancels, and gives the server a last moment. The second: gives up.
  private func overdue(_ connection: OpaquePointer) throws(LinkError) {
    if !operation.isCancelled {
      operation.isCancelled = true
      operation.deadline = SystemClock.monotonic.advanced(by: Self.grace)
      operation.cancel = unsafe cancels.start(connection)
      if operation.cancel != nil { return }
    }
    close()
    throw LinkError(.timeout, detail: "no answer in time, nor to a cancel")
  }

  /// An operation has its answer. A cancel on its way would hit the next statement: it is waited
  /// for, or the session ends.
  func end() {
    guard let order = operation.cancel else { return }
    operation = Operation()
    if !order.wait(until: SystemClock.monotonic.advanced(by: Self.grace)) { close() }
  }

  /// An interrupt: the server is told to stop, and nobody waits for it.
  func abandon() -> LinkError {
    giveUp()
    return .interrupted
  }

  /// The answer is larger than what is kept.
  func tooMuch() -> LinkError {
    giveUp()
    return LinkError(.other, detail: "an answer of more than \(Self.mostAnswerBytes) bytes")
  }

  private func giveUp() {
    if let connection = unsafe raw, unsafe PQtransactionStatus(connection) == PQTRANS_ACTIVE {
      _ = unsafe cancels.start(connection)
    }
    close()
  }

  /// The connection is gone; the server may have said why.
  func lost(_ connection: OpaquePointer) -> LinkError {
    var error: LinkError?
    for _ in 0..<8 {
      // Of a connection that still stands it would wait for an answer.
      if unsafe PQstatus(connection) != CONNECTION_BAD && PQisBusy(connection) == 1 { break }
      guard let result = unsafe PQgetResult(connection) else { break }
      let said = unsafe ServerError.error(of: result)
      if error == nil || said.sqlState != nil { error = said }
      unsafe PQclear(result)
    }
    let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
    let state = unsafe String(cString: clibpq_farewell_sqlstate(farewell))
    let message = unsafe String(cString: clibpq_farewell_message(farewell))
    close()
    if let error, let state = error.sqlState {
      return LinkError(.lost, sqlState: state, detail: error.detail)
    }
    if !state.isEmpty {
      return LinkError(.lost, sqlState: state, detail: ServerText.line(message))
    }
    return LinkError(.lost, detail: ServerText.line(text))
  }
}
