import Agent
import CLibpq
import Signals
package import Threading

extension Connection {
  /// Connects to the first host that takes writes. The error names each host and why not.
  package static func open(
    _ target: ConnectionTarget, interrupt: Interrupt, cancels: CancelThread = CancelThread(),
    names: NameThread = NameThread()
  ) throws(LinkError) -> Connection {
    var failures: [(host: String, error: LinkError)] = []
    for host in target.hosts {
      do throws(LinkError) {
        for address in try host.addresses(names, interrupt: interrupt) {
          do throws(LinkError) {
            let attempt = try Attempt(address, secrets: target.secrets)
            return try attempt.finish(interrupt: interrupt, cancels: cancels)
          } catch {
            if error.isInterrupted { throw error }
            failures.append((address.name, error))
          }
        }
      } catch {
        if error.isInterrupted { throw error }
        failures.append((host.name, error))
      }
    }
    throw ConnectFailure.together(failures)
  }
}

extension ConnectionTarget.Host {
  /// Of one name; the others are not tried.
  private static let mostAddresses = 8

  /// One for each address of the host: libpq would wait for its first address only, and for the
  /// resolver as long as that likes.
  fileprivate func addresses(
    _ names: NameThread, interrupt: Interrupt
  ) throws(LinkError) -> [Self] {
    guard let unresolved else { return [self] }
    let deadline = SystemClock.monotonic.advanced(by: timeout)
    let found = try names.addresses(of: unresolved, interrupt: interrupt, until: deadline)
    return found.prefix(Self.mostAddresses).map { address in
      var host = self
      host.name += " (\(address))"
      host.options.append(.init(keyword: "hostaddr", value: Secret(address)))
      return host
    }
  }
}

/// The way to one session.
@safe private final class Attempt {
  private let host: ConnectionTarget.Host
  private let deadline: MonotonicInstant
  private var secrets: [Secret]
  private var raw: OpaquePointer?
  private var farewell: UnsafeMutablePointer<clibpq_farewell>?

  init(_ host: ConnectionTarget.Host, secrets: [Secret]) throws(LinkError) {
    self.host = host
    self.secrets = secrets
    deadline = SystemClock.monotonic.advanced(by: host.timeout)
    let keywords = host.options.map(\.keyword)
    let values = host.options.map(\.value.exposed)
    unsafe raw = unsafe CStrings.withPointers(keywords) { keywords in
      unsafe CStrings.withPointers(values) { values in
        unsafe PQconnectStartParams(keywords, values, 0)
      }
    }
    unsafe farewell = unsafe clibpq_farewell_make()
    guard let raw = unsafe raw, let farewell = unsafe farewell else {
      throw LinkError(.other, detail: "no memory for a connection")
    }
    unsafe clibpq_hear_notices(raw, farewell)
    _ = unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
    if unsafe PQstatus(raw) == CONNECTION_BAD { throw unsafe failure(raw) }
  }

  deinit {
    if let raw = unsafe raw { unsafe PQfinish(raw) }
    unsafe clibpq_farewell_free(farewell)
  }

  /// Goes the way to its end and hands the session over.
  func finish(interrupt: Interrupt, cancels: CancelThread) throws(LinkError) -> Connection {
    guard let raw = unsafe raw, let farewell = unsafe farewell else {
      throw LinkError(.other, detail: "a connection is made once")
    }
    var wanted = Interrupt.Wake.writable
    while true {
      let wake = interrupt.wait(for: unsafe PQsocket(raw), wanted, until: deadline)
      if wake.contains(.raised) { throw .interrupted }
      if wake.isEmpty {
        throw LinkError(.unreachable, detail: "no session within \(host.timeout)")
      }
      switch unsafe PQconnectPoll(raw) {
      case PGRES_POLLING_READING: wanted = .readable
      case PGRES_POLLING_WRITING: wanted = .writable
      case PGRES_POLLING_OK:
        _ = unsafe PQsetnonblocking(raw, 1)
        _ = unsafe PQsetErrorVerbosity(raw, PQERRORS_TERSE)
        unsafe self.raw = nil
        unsafe self.farewell = nil
        return unsafe Connection(
          raw, farewell, host: host.name, interrupt: interrupt, cancels: cancels)
      default: throw unsafe failure(raw)
      }
    }
  }

  private func failure(_ raw: OpaquePointer) -> LinkError {
    // The password that libpq found in a file of passwords.
    if let password = unsafe PQpass(raw) {
      secrets.append(Secret(unsafe String(cString: password)))
    }
    return ConnectFailure.error(
      unsafe PQerrorMessage(raw).map { unsafe String(cString: $0) } ?? "",
      needsPassword: unsafe PQconnectionNeedsPassword(raw) != 0, secrets: secrets)
  }
}
