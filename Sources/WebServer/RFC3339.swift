import Signals

extension Timestamp {
  var rfc3339: String { RFC3339.string(self) }
}
