import Foundation
import TestSupport

/// A link of a page, as it is written.
struct PageLink: Equatable, Sendable {
  var target: String
  var line: Int
}

extension DocumentedPage {
  var links: [PageLink] {
    prose.flatMap { line in
      let text = line.text.replacing(/`[^`]*`/, with: "code")
      return text.matches(of: /\]\(([^)\s]*)\)/).map {
        PageLink(target: String($0.1), line: line.number)
      }
    }
  }

  /// Names of its headings as links have them, those of equal headings numbered.
  var anchors: Set<String> {
    var counts: [String: Int] = [:]
    return Set(
      headings.map { heading in
        let anchor = Self.anchor(of: heading)
        let count = counts[anchor, default: 0]
        counts[anchor] = count + 1
        return count == 0 ? anchor : "\(anchor)-\(count)"
      })
  }

  /// In lower case, blanks as `-`, without marks.
  static func anchor(of heading: String) -> String {
    let words = heading.replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.output.1 }.lowercased()
    return String(
      words.compactMap { character -> Character? in
        if character == " " { return "-" }
        let isKept = character.isLetter || character.isNumber || "-_".contains(character)
        return isKept ? character : nil
      })
  }

  /// Links of this page that lead nowhere. `others` gives a page by its path, `exists` says whether
  /// there is a file or a directory.
  func brokenLinks(
    _ others: (String) -> DocumentedPage?, exists: (String) -> Bool
  ) -> [String] {
    links.compactMap { link in
      broken(link, others, exists).map { "\(path):\(link.line): \(link.target): \($0)" }
    }
  }

  private func broken(
    _ link: PageLink, _ others: (String) -> DocumentedPage?, _ exists: (String) -> Bool
  ) -> String? {
    if link.target.hasPrefix("https://") { return URL(string: link.target) == nil ? "no URL" : nil }
    if link.target.contains("://") { return "https, or a file of the project" }
    let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let file = String(parts.first ?? "")
    guard let target = file.isEmpty ? path : resolved(file) else { return "outside the project" }
    guard exists(target) else { return "no such file" }
    guard parts.count == 2 else { return nil }
    let anchors = (file.isEmpty ? self : others(target))?.anchors ?? []
    return anchors.contains(String(parts[1])) ? nil : "no such heading"
  }

  /// From the top of the checkout; `nil` above it.
  private func resolved(_ file: String) -> String? {
    var parts = path.split(separator: "/").dropLast().map(String.init)
    for part in file.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(String(part))
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }
}
