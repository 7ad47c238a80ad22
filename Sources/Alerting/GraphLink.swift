import Signals

/// The link to an expression's table in Prometheus's web interface, which alerts carry.
enum GraphLink {
  static func url(of expression: String, at externalURL: String) -> String {
    "\(externalURL)/graph?g0.expr=\(escaped(expression))&g0.tab=1"
  }

  /// As in a query: a space is a plus, all but letters, digits and `-_.~` is `%XX`.
  private static func escaped(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "~"):
        result.append(byte)
      case UInt8(ascii: " "): result.append(UInt8(ascii: "+"))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result.append(UInt8(ascii: "%"))
        if digits.utf8.count == 1 { result.append(UInt8(ascii: "0")) }
        result.append(contentsOf: digits.utf8)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
