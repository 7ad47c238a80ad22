import Signals

/// Text as Postgres takes it: UTF-8 without NUL. What it would refuse becomes U+FFFD.
enum WireText {
  /// ASCII without NUL: to be taken as it is.
  static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
    unsafe text.allSatisfy { $0 != 0 && $0 < 0x80 }
  }

  /// At most `limit` characters, as Postgres counts them.
  static func cleaned(_ text: UnsafeRawBufferPointer, limit: Int? = nil) -> [UInt8] {
    let limit = limit ?? .max
    if unsafe isPlain(text) { return unsafe Array(text.prefix(limit)) }
    var kept = String.UnicodeScalarView()
    for scalar in unsafe String(decoding: text, as: UTF8.self).unicodeScalars.prefix(limit) {
      kept.append(scalar == "\0" ? "\u{fffd}" : scalar)
    }
    return Array(String(kept).utf8)
  }

  /// `{"outcome":"timeout","after":"5"}`.
  static func json(_ pairs: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    var json = [UInt8(ascii: "{")]
    for (number, pair) in pairs.enumerated() {
      if number > 0 { json.append(UInt8(ascii: ",")) }
      append(string: pair.name, to: &json)
      json.append(UInt8(ascii: ":"))
      append(string: pair.value, to: &json)
    }
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// `text` is clean.
  private static func append(string text: [UInt8], to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        json.append(UInt8(ascii: "\\"))
        json.append(byte)
      case 0..<0x20:
        json += #"\u00"#.utf8
        json.append(UInt8(ascii: "0") + byte >> 4)
        json.append(hexadecimal[Int(byte & 0xf)])
      default: json.append(byte)
      }
    }
    json.append(UInt8(ascii: "\""))
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)
}

extension Timestamp {
  /// Microseconds since 2000, within what Postgres takes: 4714 BC to 294276 AD.
  var wireMicroseconds: Int64 {
    let (earliest, latest): (Int64, Int64) = (-210_866_803_200_000, 9_224_318_015_999_000)
    return (min(max(milliseconds, earliest), latest) - 946_684_800_000) * 1000
  }
}

/// The bytes of a chunk, while they stay where they are.
@safe struct ChunkBytes {
  let bytes: [UInt8]
  private let all: UnsafeRawBufferPointer

  /// `all`: the same bytes.
  init(_ bytes: [UInt8], _ all: UnsafeRawBufferPointer) {
    self.bytes = bytes
    unsafe self.all = unsafe all
  }

  func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: all[range])
  }

  func cleaned(_ range: Range<Int>, limit: Int? = nil) -> [UInt8] {
    unsafe WireText.cleaned(text(range), limit: limit)
  }
}
