/// Bytes in Postgres's order, written behind one another.
struct WireBytes: Sendable {
  /// Those written, and room behind them.
  private var storage: [UInt8] = []
  private(set) var count = 0

  /// `room`: bytes that nobody needs any more, to be written over.
  init(over room: consuming [UInt8] = []) { storage = consume room }

  /// What was written.
  var bytes: [UInt8] { count == storage.count ? storage : Array(storage[..<count]) }

  /// What was written; nothing is left here.
  mutating func take() -> [UInt8] {
    storage.removeLast(storage.count - count)
    var taken: [UInt8] = []
    swap(&storage, &taken)
    count = 0
    return taken
  }

  /// Makes room for so many bytes more.
  mutating func reserve(_ more: Int) { storage.reserveCapacity(count + more) }

  /// Room that is there costs nothing but zeros, so that it is taken in steps.
  private mutating func grow(_ most: Int) {
    let free = storage.capacity - storage.count
    let more = Swift.max(most, free > most ? min(free, 16_384) : storage.count, 256)
    storage += [UInt8](repeating: 0, count: more)
  }

  /// Lets `write` append at most `most` bytes.
  @inline(__always)
  mutating func append(atMost most: Int, _ write: (inout WirePen) -> Void) {
    if storage.count - count < most {
      grow(most)
    }
    let start = count
    count = unsafe storage.withUnsafeMutableBytes { all in
      var pen = unsafe WirePen(all, at: start)
      write(&pen)
      return pen.place
    }
  }
}

/// Writes into room that is known to be enough; what does not fit traps.
@safe struct WirePen {
  private let room: UnsafeMutableRawBufferPointer
  private(set) var place: Int

  init(_ room: UnsafeMutableRawBufferPointer, at place: Int) {
    unsafe self.room = unsafe room
    self.place = place
  }

  @inline(__always)
  mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    let size = MemoryLayout<Value>.size
    precondition(unsafe place <= room.count - size)
    unsafe room.storeBytes(of: value.bigEndian, toByteOffset: place, as: Value.self)
    place &+= size
  }

  /// The first bytes of `field`; the room that it takes must be there.
  @inline(__always)
  mutating func put(_ field: SIMD32<UInt8>, of length: Int) {
    precondition(unsafe place <= room.count - 32)
    unsafe room.storeBytes(of: field, toByteOffset: place, as: SIMD32<UInt8>.self)
    place &+= length
  }

  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    precondition(unsafe place <= room.count - bytes.count)
    if let start = unsafe room.baseAddress, let source = bytes.baseAddress {
      unsafe (start + place).copyMemory(from: source, byteCount: bytes.count)
    }
    place += bytes.count
  }

  mutating func put(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe put($0) }
  }
}
