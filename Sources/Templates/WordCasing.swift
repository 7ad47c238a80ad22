/// Words with a large first letter and small ones behind it, as Alertmanager's `title` makes them:
/// by Unicode's words, so that `don't` and `mcp_up` are one each.
enum WordCasing {
  private enum Role {
    /// Goes on with a word.
    case inner
    /// A mark that goes on with a word when a letter follows.
    case middle
    case outer
  }

  static func title(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var out = ""
    var isInWord = false
    for (place, scalar) in scalars.enumerated() {
      let properties = scalar.properties
      if isInWord {
        out += scalar == "Σ" && isFinal(place, scalars) ? "ς" : properties.lowercaseMapping
      } else if properties.isCased {
        out += properties.titlecaseMapping
        isInWord = true
      } else {
        out.unicodeScalars.append(scalar)
      }
      switch role(of: scalar) {
      case .inner: break
      case .middle: isInWord = isInWord && isInner(place + 1, scalars)
      case .outer: isInWord = false
      }
    }
    return out
  }

  private static func isInner(_ place: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    scalars.indices.contains(place) && role(of: scalars[place]) == .inner
  }

  /// A sigma behind a letter and before none.
  private static func isFinal(_ place: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    let next = scalars.dropFirst(place + 1).first { !$0.properties.isCaseIgnorable }
    return !(next?.properties.isCased ?? false)
  }

  private static func role(of scalar: Unicode.Scalar) -> Role {
    if ":.'’·".unicodeScalars.contains(scalar) { return .middle }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .letterNumber,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation, .format:
      return .inner
    case .otherLetter: return isOfWords(scalar) ? .inner : .outer
    default: return scalar.properties.isCased ? .inner : .outer
    }
  }

  /// Whether the script has spaces between its words.
  private static func isOfWords(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isIdeographic { return false }
    let others: [ClosedRange<UInt32>] = [
      0x0e00...0x0eff, 0x1000...0x109f, 0x1780...0x17ff, 0x3040...0x30ff,
    ]
    return !others.contains { $0.contains(scalar.value) }
  }
}
