import Foundation
import PromQL
import SampleStore

/// The rules of a file, ready to be evaluated.
struct Rules {
  struct Rule {
    let group: String
    let text: String
    let query: Query

    func evaluate(over source: HeadSnapshot) -> QueryResult? {
      do throws(QueryError) {
        return try query.evaluate(at: SyntheticStore.end, over: source)
      } catch {
        print("\(text): \(error)")
        exit(1)
      }
    }
  }

  var all: [Rule] = []

  init?(path: String) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      do {
        let query = try Query(Expression(parsing: parts[1]))
        all.append(Rule(group: parts[0], text: parts[1], query: query))
      } catch {
        print("\(parts[1]): \(error)")
        return nil
      }
    }
  }
}
