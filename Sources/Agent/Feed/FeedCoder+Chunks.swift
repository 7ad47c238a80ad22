extension FeedCoder {
  /// The rows in order as chunks of at most `rows` rows, and of `bytes` bytes unless one row alone
  /// is longer.
  package static func chunks(
    of feed: some Sequence<FeedRow>, rows: Int, bytes: Int
  ) -> [(bytes: [UInt8], rows: Int)] {
    var chunks: [(bytes: [UInt8], rows: Int)] = []
    var encoder = FeedEncoder()
    var count = 0
    func close(_ length: Int) {
      chunks.append((Array(encoder.bytes[..<length]), count))
      encoder.bytes.removeSubrange(1..<length)
      count = 0
    }
    for row in feed {
      let before = encoder.bytes.count
      encoder.add(row)
      if count > 0 && encoder.bytes.count > bytes { close(before) }
      count += 1
      if count >= rows { close(encoder.bytes.count) }
    }
    if count > 0 { close(encoder.bytes.count) }
    return chunks
  }
}
