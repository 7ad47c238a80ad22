/// Reads the compiled files of the time zone database (RFC 9636): what they say of the years from
/// 1970 to 2100.
package enum TimeZoneFile {
  private static let firstInstant: Int64 = 0
  private static let lastYear: Int64 = 2100
  private static let countLimit = 10_000

  /// `nil` when it is no such file, or one of the first version, which knows no year after 2037.
  package static func rules(_ bytes: [UInt8], name: String) -> TimeZoneRules? {
    var reader = Reader(bytes: bytes[...])
    guard let old = Header(&reader), old.version >= UInt8(ascii: "2"),
      reader.skip(old.size(timeBytes: 4)),
      let header = Header(&reader), let table = Table(header, &reader)
    else { return nil }
    var changes: [TimeZoneRules.Change] = []
    // What holds at first is the first kind, whatever its number of uses.
    changes.append(table.change(at: firstInstant, kind: 0))
    for (instant, kind) in table.transitions {
      guard kind < table.kinds.count else { return nil }
      let change = table.change(at: max(instant, firstInstant), kind: kind)
      if instant <= firstInstant { changes[0] = change } else { changes.append(change) }
    }
    guard let footer = reader.line() else { return nil }
    if !footer.isEmpty {
      guard let rule = TimeZoneText(footer) else { return nil }
      let last = table.transitions.last?.instant ?? firstInstant
      changes += rule.changes(after: max(last, firstInstant), through: lastYear)
    }
    return TimeZoneRules(name: name, changes: changes)
  }

  /// The counts at the begin of each of the two parts.
  private struct Header {
    let version: UInt8
    let utcFlags, standardFlags, leaps, transitions, kinds, characters: Int

    init?(_ reader: inout Reader) {
      guard let magic = reader.take(4), magic.elementsEqual("TZif".utf8),
        let version = reader.take(1)?.first, reader.skip(15)
      else { return nil }
      self.version = version
      var counts: [Int] = []
      for _ in 0..<6 {
        guard let count = reader.number(4), (0...Int64(countLimit)).contains(count) else {
          return nil
        }
        counts.append(Int(count))
      }
      (utcFlags, standardFlags, leaps) = (counts[0], counts[1], counts[2])
      (transitions, kinds, characters) = (counts[3], counts[4], counts[5])
      guard kinds > 0 else { return nil }
    }

    func size(timeBytes: Int) -> Int {
      transitions * (timeBytes + 1) + kinds * 6 + characters + leaps * (timeBytes + 4)
        + standardFlags + utcFlags
    }
  }

  private struct Table {
    var transitions: [(instant: Int64, kind: Int)] = []
    var kinds: [(offset: Int, abbreviation: String)] = []

    init?(_ header: Header, _ reader: inout Reader) {
      var instants: [Int64] = []
      for _ in 0..<header.transitions {
        guard let instant = reader.number(8) else { return nil }
        instants.append(instant)
      }
      guard zip(instants, instants.dropFirst()).allSatisfy(<),
        let indices = reader.take(header.transitions)
      else { return nil }
      transitions = zip(instants, indices).map { ($0, Int($1)) }
      var places: [(offset: Int, place: Int)] = []
      for _ in 0..<header.kinds {
        guard let offset = reader.number(4), abs(offset) <= 93_600, reader.skip(1),
          let place = reader.take(1)?.first
        else { return nil }
        places.append((Int(offset), Int(place)))
      }
      guard let characters = reader.take(header.characters).map(Array.init),
        reader.skip(header.leaps * 12 + header.standardFlags + header.utcFlags)
      else { return nil }
      kinds = places.map { offset, place in
        let name = characters.dropFirst(place).prefix { $0 != 0 }
        return (offset, String(decoding: name, as: UTF8.self))
      }
    }

    func change(at instant: Int64, kind: Int) -> TimeZoneRules.Change {
      TimeZoneRules.Change(
        at: Timestamp(seconds: instant), offset: kinds[kind].offset,
        abbreviation: kinds[kind].abbreviation)
    }
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard count <= bytes.count else { return nil }
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// A whole number of so many bytes, the highest first.
    mutating func number(_ count: Int) -> Int64? {
      guard let digits = take(count), let first = digits.first else { return nil }
      return digits.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
    }

    /// What stands between two line feeds.
    mutating func line() -> String? {
      guard take(1)?.first == UInt8(ascii: "\n"),
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
      else { return nil }
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
  }
}

extension Timestamp {
  init(seconds: Int64) {
    let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflows ? (seconds < 0 ? .min : .max) : milliseconds)
  }
}
