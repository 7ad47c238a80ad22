import Agent
import CLibpq

/// An error that the server reports as the answer to a statement.
enum ServerError {
  /// Its first line only: details hold values of rows.
  static func error(of result: OpaquePointer) -> LinkError {
    let state = unsafe clibpq_sqlstate(result).map { unsafe String(cString: $0) }
    let primary = unsafe clibpq_primary_message(result).map { unsafe String(cString: $0) }
    let text = unsafe primary ?? PQresultErrorMessage(result).map { unsafe String(cString: $0) }
    return LinkError(
      state.map(SQLState.reason) ?? .lost, sqlState: state,
      detail: ServerText.line(text ?? "an error without words"))
  }
}
