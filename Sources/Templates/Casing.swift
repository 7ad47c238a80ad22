/// Letters made large or small one by one, as Go does it: a letter that would become two stays.
enum Casing {
  static func upper(_ text: String) -> String {
    mapped(text) { scalar in
      // Where two letters stand for one large one, the title's form may be a single one.
      single(scalar.properties.uppercaseMapping)
        ?? single(scalar.properties.titlecaseMapping) ?? scalar
    }
  }

  static func lower(_ text: String) -> String {
    // The dotted capital I is the one letter that becomes two.
    mapped(text) { $0 == "İ" ? "i" : single($0.properties.lowercaseMapping) ?? $0 }
  }

  private static func mapped(
    _ text: String, _ change: (Unicode.Scalar) -> Unicode.Scalar
  ) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { out.append(change(scalar)) }
    return String(out)
  }

  private static func single(_ mapped: String) -> Unicode.Scalar? {
    let scalars = mapped.unicodeScalars
    return scalars.count == 1 ? scalars.first : nil
  }

  /// The first letter of each word large; the rest stays.
  static func title(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    var before: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      out.append(
        isSeparator(before) ? single(scalar.properties.titlecaseMapping) ?? scalar : scalar)
      before = scalar
    }
    return String(out)
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return !scalar.isGoAlphanumeric }
    return !scalar.isGoLetter && !scalar.isGoDigit && scalar.properties.isWhitespace
  }
}
