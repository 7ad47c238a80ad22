/// A URL that alerts bring along, fit for a link in any markup.
enum SafeLink {
  static let bytesMax = 2000

  /// `nil` when it is no http or https URL or too long. What has a meaning in some markup is
  /// percent-encoded, so that the rest needs no escape but `&` as HTML's.
  static func encoded(_ url: String) -> String? {
    let bytes = url.utf8
    guard bytes.count <= bytesMax, hasHost(url[...]) else { return nil }
    let encoded = percentEncoded(url) { isUnreserved($0) || reserved.contains($0) }
    return encoded.utf8.count <= bytesMax ? encoded : nil
  }

  /// Whether it begins as an http or https URL.
  static func hasHost(_ url: Substring) -> Bool {
    afterScheme(url)?.utf8.first.map(isHostByte) ?? false
  }

  /// One segment of a URL's path.
  static func segment(_ text: String) -> String { percentEncoded(text, keeping: isUnreserved) }

  private static func percentEncoded(_ text: String, keeping keeps: (UInt8) -> Bool) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      if keeps(byte) {
        result.append(byte)
      } else {
        result.append(UInt8(ascii: "%"))
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 0xf)])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func afterScheme(_ url: Substring) -> Substring? {
    for scheme in ["https://", "http://"] {
      let head = url.utf8.prefix(scheme.utf8.count)
      if String(Substring(head)).lowercased() == scheme {
        return Substring(url.utf8.dropFirst(scheme.utf8.count))
      }
    }
    return nil
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "["):
      true
    default: byte >= 0x80
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// What is left as it is of a whole URL.
  private static let reserved = Set(":/?#[]@!$&+,;=%".utf8)
}
