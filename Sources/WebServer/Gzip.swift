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

  private struct Block {
    var deflated: ByteBuffer
    var checksum: UInt
    var plainCount: Int
  }

  /// Kept compressed bytes per format; what is beyond is compressed at every scrape.
  private static let keptBytes = 16 << 20
  private static let level: Int32 = 1

  private let kept = Mutex<[ExpositionFormat: [BlockHash: Block]]>([:])

  package init() {}

  /// All blocks as one stream, or `nil` when zlib has no memory. Blocks are at most 4 GiB.
  ///
  /// Gives other tasks a turn after each block.
  package func stream(of plain: [[UInt8]], format: ExpositionFormat) async -> Stream? {
    let known = kept.withLock { $0[format] ?? [:] }
    var fresh: [BlockHash: Block] = [:]
    var freshBytes = 0
    var stream = Stream()
    var checksum: UInt = 0
    var plainCount = 0
    for bytes in plain where !bytes.isEmpty {
      let hash = BlockHash(of: bytes)
      let kept = known[hash]
      guard let block = kept ?? Self.deflate(bytes) else { return nil }
      if kept != nil { stream.reused += 1 }
      stream.parts.append(block.deflated)
      checksum = crc32_combine(checksum, block.checksum, block.plainCount)
      plainCount += block.plainCount
      if freshBytes + block.deflated.readableBytes <= Self.keptBytes {
        fresh[hash] = block
        freshBytes += block.deflated.readableBytes
      }
      await Task.yield()
    }
    kept.withLock { [fresh] in $0[format] = fresh }
    // An empty last block, then checksum and length.
    var tail = ByteBuffer(bytes: [3, 0])
    tail.writeInteger(UInt32(truncatingIfNeeded: checksum), endianness: .little)
    tail.writeInteger(UInt32(truncatingIfNeeded: plainCount), endianness: .little)
    stream.parts.append(tail)
    return stream
  }

  private static func deflate(_ plain: [UInt8]) -> Block? {
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
