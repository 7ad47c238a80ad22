import Glibc

/// The rows of `mcp_servers` that health goes to, found by the bytes of their names and numbered
/// (slots) in the order of their ids.
@safe struct ServerIndex: Sendable {
  /// By slot, ascending.
  let ids: [Int64]
  private let names: [UInt8]
  /// By slot, where its name starts in `names`; and the end of the last.
  private let starts: [Int]
  /// Open addressing: slots, or -1. A power of two, at least half of it empty.
  private let places: [Int32]

  init(_ ids: [String: Int64]) {
    let sorted = ids.sorted { $0.value < $1.value }
    var names: [UInt8] = []
    var starts = [0]
    var size = 16
    while size < 2 * sorted.count { size *= 2 }
    var places = [Int32](repeating: -1, count: size)
    for (slot, entry) in sorted.enumerated() {
      let name = Array(entry.key.utf8)
      var place = unsafe name.withUnsafeBytes { unsafe Self.hash($0) } & (size - 1)
      while places[place] >= 0 { place = (place + 1) & (size - 1) }
      places[place] = Int32(slot)
      names += name
      starts.append(names.count)
    }
    self.ids = sorted.map(\.value)
    self.names = names
    self.starts = starts
    self.places = places
  }

  /// `last`: the slot found before; often the next one is asked for.
  func slot(of name: UnsafeRawBufferPointer, after last: Int = -1) -> Int? {
    if last + 1 < ids.count, unsafe isName(of: last + 1, name) { return last + 1 }
    let mask = places.count - 1
    var place = unsafe Self.hash(name) & mask
    while true {
      let slot = Int(places[place])
      if slot < 0 { return nil }
      if unsafe isName(of: slot, name) { return slot }
      place = (place + 1) & mask
    }
  }

  private func isName(of slot: Int, _ name: UnsafeRawBufferPointer) -> Bool {
    let range = starts[slot]..<starts[slot + 1]
    guard range.count == name.count else { return false }
    if range.isEmpty { return true }
    return unsafe names.withUnsafeBytes { names in
      guard let mine = names.baseAddress, let other = name.baseAddress else { return false }
      return unsafe memcmp(mine + range.lowerBound, other, range.count) == 0
    }
  }

  private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
    var hash = UInt64(truncatingIfNeeded: name.count)
    var next = 0
    while next + 8 <= name.count {
      hash = mixed(hash, unsafe name.loadUnaligned(fromByteOffset: next, as: UInt64.self))
      next += 8
    }
    var rest: UInt64 = 0
    while next < name.count {
      rest = rest << 8 | UInt64(unsafe name[next])
      next += 1
    }
    return Int(truncatingIfNeeded: mixed(hash, rest) >> 1)
  }

  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
      by: 0xa076_1d64_78bd_642f)
    return product.high ^ product.low
  }
}
