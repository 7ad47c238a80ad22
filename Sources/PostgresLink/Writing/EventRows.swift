import Agent
import Signals

/// Rows of `breakwater_events`: what happened to the agent and to no MCP.
struct EventRows: Sendable {
  private(set) var count = 0
  private let table: String
  private let agentID: String
  private var ids = ArrayColumn(.text)
  private var times = ArrayColumn(.timestamptz)
  private var types = ArrayColumn(.text)
  private var details = ArrayColumn(.text)
  private var metaData = ArrayColumn(.jsonb)

  init(_ schema: AttachedSchema, agentID: String) {
    table = schema.table("breakwater_events")
    self.agentID = agentID
  }

  mutating func append(_ view: FeedLogView, in chunk: ChunkBytes) {
    count += 1
    ids.append(Array("\(agentID)-\(view.sequence)".utf8))
    times.append(view.timestamp.wireMicroseconds)
    types.append(RawNames.types[Int(view.type.number)])
    details.append(view.detail.isEmpty ? nil : chunk.cleaned(view.detail))
    metaData.append(view.hasMetaData ? [1] + view.metaData(in: chunk) : nil)
  }

  /// Writes those that are not there yet. Nothing is left here.
  mutating func takeStatement() -> Statement? {
    guard count > 0 else { return nil }
    var parameters = Parameters()
    ids.addArray(to: &parameters)
    times.addArray(to: &parameters)
    types.addArray(to: &parameters)
    details.addArray(to: &parameters)
    metaData.addArray(to: &parameters)
    return Statement(
      """
      INSERT INTO \(table) ("event_id", "timestamp", "event_type", "detail", "meta_data")
      SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT ("event_id") DO NOTHING
      """, parameters)
  }
}
