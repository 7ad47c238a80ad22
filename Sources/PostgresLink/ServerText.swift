package import Signals

/// What libpq and the server say, made fit for a log line.
package enum ServerText {
  /// In bytes; more is cut.
  package static let longest = 400

  /// One line without control characters, cut to `longest`.
  package static func line(_ text: String) -> String {
    let words = text.split(whereSeparator: { $0.isWhitespace || $0.isNewline })
    var line = ""
    for word in words {
      let clean = String(word.unicodeScalars.filter { $0.properties.generalCategory != .control })
      if line.utf8.count + clean.utf8.count + 1 > longest { return line + " ..." }
      line += (line.isEmpty ? "" : " ") + clean
    }
    return line
  }

  /// Without `secrets`, as they are and percent-encoded. Those of fewer than 4 bytes stay: they
  /// would be found everywhere.
  package static func without(_ secrets: [Secret], in text: String) -> String {
    var bytes = Array(text.utf8)
    for secret in secrets.map(\.exposed) where secret.utf8.count >= 4 {
      for form in [Array(secret.utf8), percentEncoded(secret)] {
        bytes = replacing(form, in: bytes)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func replacing(_ form: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    var rest = bytes[...]
    var out: [UInt8] = []
    while let first = rest.first {
      if rest.starts(with: form) {
        out += Array("<secret>".utf8)
        rest = rest.dropFirst(form.count)
      } else {
        out.append(first)
        rest = rest.dropFirst()
      }
    }
    return out
  }

  private static func percentEncoded(_ text: String) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return text.utf8.flatMap { byte -> [UInt8] in
      let isPlain =
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || "-._~".utf8.contains(byte)
      return isPlain
        ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
}
