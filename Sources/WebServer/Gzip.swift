import CZlib
package import NIOCore
package import Signals
import Synchronization

/// Compresses pages block by block, and keeps the compressed blocks of the last page: a block that
/// did not change costs a hash.
package final class Gzip: Sendable {
  /// A whole gzip stream (RFC 1952), in parts.
  package struct Stream: Sendable {
    package var parts = [ByteBuffer(bytes: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255])]
    /// Blocks that were not compressed again.
    package var reused = 0
  }

  /// A page that is being compressed.
  package struct Pass {
    fileprivate let format: ExpositionFormat
    fileprivate let known: [BlockHash: Block]
    fileprivate var fresh: [BlockHash: Block] = [:]
    fileprivate var freshBytes = 0
    fileprivate var stream = Stream()
    fileprivate var checksum: UInt = 0
    fileprivate var plainCount = 0
    fileprivate var hasFailed = false
  }

  fileprivate struct Block {
    var deflated: ByteBuffer
    var checksum: UInt
    var plainCount: Int
  }

  /// Kept compressed bytes per format; what is beyond is compressed at every scrape.
  fileprivate static let keptBytes = 16 << 20
  private static let level: Int32 = 1

  private let kept = Mutex<[ExpositionFormat: [BlockHash: Block]]>([:])

  package init() {}

  /// Begins a page; append its blocks, then finish it.
  package func begin(_ format: ExpositionFormat) -> Pass {
    Pass(format: format, known: kept.withLock { $0[format] ?? [:] })
  }

  /// The page as one stream, or `nil` when zlib has had no memory.
  package func finish(_ pass: Pass) -> Stream? {
    guard let stream = Self.ended(pass) else { return nil }
    kept.withLock { $0[pass.format] = pass.fresh }
    return stream
  }

  /// Blocks that will not come again, as one stream; `nil` when zlib has had no memory.
  package static func stream(of blocks: [[UInt8]]) -> Stream? {
    var pass = Pass(format: .text004, known: [:])
    for block in blocks { pass.append(block) }
    return ended(pass)
  }

  private static func ended(_ pass: Pass) -> Stream? {
    if pass.hasFailed { return nil }
    // An empty last block, then checksum and length.
    var tail = ByteBuffer(bytes: [3, 0])
    tail.writeInteger(UInt32(truncatingIfNeeded: pass.checksum), endianness: .little)
    tail.writeInteger(UInt32(truncatingIfNeeded: pass.plainCount), endianness: .little)
    var stream = pass.stream
    stream.parts.append(tail)
    return stream
  }

  fileprivate static func deflate(_ plain: [UInt8]) -> Block? {
    let room = czlib_bound(plain.count)
    var checksum: UInt = 0
    let deflated = unsafe [UInt8](unsafeUninitializedCapacity: room) { out, count in
      unsafe plain.withUnsafeBufferPointer { bytes in
        guard let source = bytes.baseAddress, let target = out.baseAddress else { return }
        count = unsafe czlib_deflate_block(source, bytes.count, target, room, level)
        checksum = unsafe crc32(0, source, UInt32(truncatingIfNeeded: bytes.count))
      }
    }
    guard !deflated.isEmpty else { return nil }
    return Block(
      deflated: ByteBuffer(bytes: deflated), checksum: checksum, plainCount: plain.count)
  }
}

extension Gzip.Pass {
  /// Adds a block of at most 4 GiB to the page.
  package mutating func append(_ bytes: [UInt8]) {
    guard !bytes.isEmpty, !hasFailed else { return }
    let hash = BlockHash(of: bytes)
    let kept = known[hash]
    guard let block = kept ?? Gzip.deflate(bytes) else {
      hasFailed = true
      return
    }
    if kept != nil { stream.reused += 1 }
    stream.parts.append(block.deflated)
    checksum = crc32_combine(checksum, block.checksum, block.plainCount)
    plainCount += block.plainCount
    if freshBytes + block.deflated.readableBytes <= Gzip.keptBytes {
      fresh[hash] = block
      freshBytes += block.deflated.readableBytes
    }
  }
}
