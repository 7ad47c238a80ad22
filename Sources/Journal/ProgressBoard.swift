package import Agent
import CLinux
import Glibc
package import Signals

/// What the agent has in hand, and its last sign of life, in a file of one page that is mapped into
/// memory: it outlives any end of the process, and writing costs about 0.1 µs of CPU time, no
/// system call and no failure.
///
/// Each slot has one writer; anyone may read. Where the file cannot be had (its blocks are reserved
/// first, so that a full disk is met here and not at a write) the board is in memory only.
@safe package final class ProgressBoard: Sendable {
  package enum Slot: Int, CaseIterable, Sendable { case coordinator, prober, ruleEngine }

  /// What the life before left when it did not end cleanly. It stays on the board until the start
  /// is in the journal, so that one that is cut short loses nothing.
  package let previous: (inHand: [WorkItem], lastSign: Timestamp?)
  /// Whether it outlives the process.
  package let isDurable: Bool
  private nonisolated(unsafe) let words: UnsafeMutablePointer<UInt64>

  /// The board of the file, made when it is missing; what is no board of ours is begun anew.
  package init(path: String) {
    let mapped = unsafe Self.map(path)
    isDurable = unsafe mapped != nil
    unsafe words = mapped ?? Self.blank()
    guard unsafe clinux_load_word(words) == Self.mark else {
      for index in 1..<Self.wordCount { unsafe clinux_store_word(words + index, 0) }
      unsafe clinux_store_word(words, Self.mark)
      previous = ([], nil)
      return
    }
    previous = unsafe (Self.inHand(words), Self.lastSign(words))
  }

  deinit {
    if isDurable {
      unsafe munmap(words, Self.bytes)
    } else {
      unsafe words.deallocate()
    }
  }

  /// The part that owns the slot begins with the item.
  package func take(_ slot: Slot, _ item: WorkItem) {
    let item = item.bounded
    let first = Self.first(slot)
    unsafe clinux_store_word(words + first, 0)
    var sum = Checksum()
    var (place, word, shift) = (first + 1, UInt64(0), UInt64(0))
    for byte in item.name.utf8 {
      word |= UInt64(byte) << shift
      shift += 8
      guard shift == 64 else { continue }
      unsafe clinux_store_word(words + place, word)
      sum.add(word)
      (place, word, shift) = (place + 1, 0, 0)
    }
    unsafe clinux_store_word(words + place, word)
    sum.add(word)
    unsafe clinux_store_word(words + first, Self.header(item, sum))
  }

  /// It has nothing in hand.
  package func clear(_ slot: Slot) { unsafe clinux_store_word(words + Self.first(slot), 0) }

  /// A sign of life.
  package func beat(at now: Timestamp) {
    unsafe clinux_store_word(words + 1, UInt64(bitPattern: now.milliseconds))
  }

  /// What is in hand, in the order of the slots.
  package var inHand: [WorkItem] { unsafe Self.inHand(words) }
  package func inHand(of slot: Slot) -> WorkItem? { unsafe Self.item(in: slot, of: words) }
  package var lastSign: Timestamp? { unsafe Self.lastSign(words) }
}

/// The file: a mark with the version; the last sign of life in milliseconds since 1970, 0 for none;
/// slots of a header, 0 for nothing in hand, and a name. A header has the upper half of a checksum,
/// the name's length and the kind, so that a slot that was half written counts as empty.
extension ProgressBoard {
  private static let bytes = 4096
  private static let wordCount = bytes / 8
  private static let version: UInt64 = 1
  /// "BWPROG", and the version.
  private static let mark: UInt64 = 0x4257_5052_4f47_0000 | version

  private static func first(_ slot: Slot) -> Int { 8 + slot.rawValue * 128 }

  private struct Checksum {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ word: UInt64) {
      value = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
      value ^= value >> 32
    }

    var half: UInt64 { value & 0xffff_ffff }
  }

  private static func header(_ item: WorkItem, _ sum: Checksum) -> UInt64 {
    let kind: UInt64 =
      switch item.kind {
      case .mcp: 1
      case .rule: 2
      }
    return sum.half << 32 | UInt64(item.name.utf8.count) << 8 | kind
  }

  private static func inHand(_ words: UnsafeMutablePointer<UInt64>) -> [WorkItem] {
    Slot.allCases.compactMap { unsafe item(in: $0, of: words) }
  }

  private static func lastSign(_ words: UnsafeMutablePointer<UInt64>) -> Timestamp? {
    let milliseconds = unsafe Int64(bitPattern: clinux_load_word(words + 1))
    return milliseconds == 0 ? nil : Timestamp(milliseconds: milliseconds)
  }

  private static func item(in slot: Slot, of words: UnsafeMutablePointer<UInt64>) -> WorkItem? {
    let header = unsafe clinux_load_word(words + first(slot))
    let kind: WorkItem.Kind
    switch header & 0xff {
    case 1: kind = .mcp
    case 2: kind = .rule
    default: return nil
    }
    let length = Int(header >> 8 & 0xff_ffff)
    guard length <= WorkItem.nameBytesMax else { return nil }
    var name: [UInt8] = []
    var sum = Checksum()
    for place in 0...(length / 8) {
      let word = unsafe clinux_load_word(words + first(slot) + 1 + place)
      sum.add(word)
      for shift in stride(from: UInt64(0), to: 64, by: 8) where name.count < length {
        name.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    guard sum.half == header >> 32 else { return nil }
    return String(validating: name, as: UTF8.self).map { WorkItem(kind, name: $0) }
  }

  private static func blank() -> UnsafeMutablePointer<UInt64> {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: wordCount)
    unsafe words.initialize(repeating: 0, count: wordCount)
    return unsafe words
  }

  /// `nil` where the file or its blocks cannot be had.
  private static func map(_ path: String) -> UnsafeMutablePointer<UInt64>? {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = unsafe Glibc.open(path, flags, 0o600)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0, posix_fallocate(descriptor, 0, bytes) == 0,
      let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe memory != MAP_FAILED
    else { return nil }
    // Otherwise it may be written back, forgotten and read again. Where that is not allowed it may.
    unsafe mlock(memory, bytes)
    return unsafe memory.bindMemory(to: UInt64.self, capacity: wordCount)
  }
}
