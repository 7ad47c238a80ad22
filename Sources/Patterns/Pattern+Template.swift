extension Pattern {
  /// `template` with the groups of a match of all of `value` in place of `$1`, `$name` and
  /// `${name}`; `$$` is a dollar. A group that took no part, or that there is none of, is nothing;
  /// a dollar before anything else stays. `nil` when the pattern does not match.
  public func expanding(_ template: String, matchingAll value: String) -> String? {
    groups(matchingAll: value).map { expanding(template, $0) }
  }

  /// `template` with the groups of a match, the match itself first.
  func expanding(_ template: String, _ groups: [Substring?]) -> String {
    var out = ""
    var rest = template.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "$" else {
        out.unicodeScalars.append(scalar)
        continue
      }
      if rest.first == "$" {
        rest.removeFirst()
        out += "$"
      } else if let name = Self.reference(&rest) {
        if let number = number(of: name), groups.indices.contains(number),
          let group = groups[number]
        {
          out += group
        }
      } else {
        out += "$"
      }
    }
    return out
  }

  /// Takes `name` or `{name}`: the longest run of letters, digits and underscores.
  private static func reference(_ rest: inout Substring.UnicodeScalarView) -> String? {
    let isInBraces = rest.first == "{"
    let name = (isInBraces ? rest.dropFirst() : rest).prefix { scalar in
      scalar == "_" || scalar.properties.generalCategory == .decimalNumber
        || scalar.properties.isLetter
    }
    guard !name.isEmpty else { return nil }
    let behind = rest[name.endIndex...]
    guard isInBraces else {
      rest = behind
      return String(name)
    }
    guard behind.first == "}" else { return nil }
    rest = behind.dropFirst()
    return String(name)
  }

  /// What is written in digits, without a zero before them, is a number; the rest are names.
  private func number(of name: String) -> Int? {
    let isNumber = name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isNumber, name == "0" || !name.hasPrefix("0") {
      return Int(name)
    }
    return groupNumber(named: name)
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isLetter: Bool {
    switch generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
