import Signals

extension WorkItem {
  /// Bytes of a name that are kept of it where room is limited.
  package static let nameBytesMax = 1000

  /// Itself, or with a longer name cut and a hash of all of it at its end: still told from others,
  /// and the same each time. Compare by it what may have been cut.
  package var bounded: WorkItem {
    let name = name
    guard name.utf8.count > Self.nameBytesMax else { return self }
    let digits = String(StableHash(of: name).mixed, radix: 16)
    var (cut, bytes) = ("", 0)
    for scalar in name.unicodeScalars {
      bytes += UTF8.width(scalar)
      if bytes > Self.nameBytesMax - 24 { break }
      cut.unicodeScalars.append(scalar)
    }
    return WorkItem(kind, name: "\(cut)...\(digits)")
  }
}
