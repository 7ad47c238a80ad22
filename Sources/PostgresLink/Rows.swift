import CLibpq

/// What a statement answered, copied out of libpq. Rows and columns count from 0; a cell that is
/// not there, is NULL, or has another size than asked for is `nil`.
package struct Rows: Sendable {
  package private(set) var count = 0
  /// The types of the columns in `pg_type`.
  package private(set) var types: [UInt32] = []
  /// Rows that an INSERT, UPDATE, DELETE, COPY or SELECT says it touched.
  package private(set) var affected = 0

  private var bytes: [UInt8] = []
  /// Row by row, in `bytes`; `nil`: NULL.
  private var cells: [Range<Int>?] = []

  package init() {}

  package var columns: Int { types.count }

  package func isNull(_ row: Int, _ column: Int) -> Bool { cell(row, column) == nil }

  package func bytes(_ row: Int, _ column: Int) -> [UInt8]? { cell(row, column).map(Array.init) }

  /// Damaged UTF-8 is repaired. The version byte of a jsonb is left out.
  package func text(_ row: Int, _ column: Int) -> String? {
    guard let cell = cell(row, column) else { return nil }
    let isJSONB = types.indices.contains(column) && types[column] == Self.jsonb
    return String(decoding: isJSONB && cell.first == 1 ? cell.dropFirst() : cell, as: UTF8.self)
  }

  /// int2, int4, int8; a timestamptz as microseconds since 2000.
  package func int64(_ row: Int, _ column: Int) -> Int64? {
    guard let cell = cell(row, column) else { return nil }
    let bits = cell.reduce(into: UInt64(0)) { $0 = $0 << 8 | UInt64($1) }
    switch cell.count {
    case 2: return Int64(Int16(truncatingIfNeeded: bits))
    case 4: return Int64(Int32(truncatingIfNeeded: bits))
    case 8: return Int64(bitPattern: bits)
    default: return nil
    }
  }

  package func bool(_ row: Int, _ column: Int) -> Bool? {
    guard let cell = cell(row, column), cell.count == 1 else { return nil }
    return cell.first != 0
  }

  private static let jsonb: UInt32 = 3802

  private func cell(_ row: Int, _ column: Int) -> ArraySlice<UInt8>? {
    guard row >= 0, row < count, types.indices.contains(column) else { return nil }
    return cells[row * columns + column].map { bytes[$0] }
  }
}

extension Rows {
  /// Of all values together.
  var size: Int { bytes.count }

  /// Copies the rows of a result after those there are; all results of a statement have the same
  /// columns.
  mutating func append(_ result: OpaquePointer) {
    let columns = max(0, unsafe PQnfields(result))
    let added = max(0, unsafe PQntuples(result))
    count += Int(added)
    types = (0..<columns).map { column in unsafe PQftype(result, column) }
    if let said = unsafe PQcmdTuples(result) { affected = unsafe Int(String(cString: said)) ?? 0 }
    for row in 0..<added {
      for column in 0..<columns {
        guard unsafe PQgetisnull(result, row, column) == 0,
          let value = unsafe PQgetvalue(result, row, column)
        else {
          cells.append(nil)
          continue
        }
        let start = bytes.count
        let length = Int(max(0, unsafe PQgetlength(result, row, column)))
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
        cells.append(start..<bytes.count)
      }
    }
  }
}
