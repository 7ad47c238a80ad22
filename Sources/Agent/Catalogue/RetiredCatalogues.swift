/// Catalogues of MCPs that are not configured now, by name; they come back with their name.
struct RetiredCatalogues: Sendable {
  private(set) var records: [String: CatalogueRecord] = [:]
  /// Of all baselines.
  private var bytes = 0

  mutating func keep(_ record: CatalogueRecord) {
    _ = take(record.mcp)
    records[record.mcp] = record
    bytes += record.baseline?.bytes.count ?? 0
  }

  mutating func take(_ name: String) -> CatalogueRecord? {
    let record = records.removeValue(forKey: name)
    bytes -= record?.baseline?.bytes.count ?? 0
    return record
  }

  /// Gives up all baselines, when they have more bytes than that; the counts stay.
  mutating func shrink(to bytesMax: Int) {
    guard bytes > 0, bytes > bytesMax else { return }
    for name in records.keys { records[name]?.baseline = nil }
    bytes = 0
  }
}
