/// The parameters of a query request: those of the form, then those of the URL; a name may come
/// several times.
package struct QueryParameters: Sendable {
  private var values: [String: [String]] = [:]

  /// Most parameters of one request.
  static let most = 1000

  package init(target: RequestTarget, form: [UInt8]?) throws(Problem) {
    var pairs: [(String, String)] = []
    if let form {
      guard let text = String(validating: form, as: UTF8.self),
        let found = RequestTarget.pairs(in: text[...])
      else { throw .badData("error parsing form values: the form is not valid") }
      pairs = found
    }
    pairs += RequestTarget.pairs(in: target.queryText) ?? []
    guard pairs.count <= Self.most else {
      throw .badData("error parsing form values: more than \(Self.most) parameters")
    }
    for (name, value) in pairs { values[name, default: []].append(value) }
  }

  /// The first value; empty when there is none.
  package subscript(name: String) -> String { values[name]?.first ?? "" }

  package func all(_ name: String) -> [String] { values[name] ?? [] }
}

extension Problem {
  /// In Prometheus's words, which clients look for.
  static func invalid(_ parameter: String, _ why: String) -> Self {
    badData("invalid parameter \"\(parameter)\": \(why)")
  }
}
