import Foundation

/// What Package.swift says about targets, read as text.
struct Manifest {
  struct Target {
    var name: String
    /// Names of targets, and of the constants that stand for products.
    var dependencies: [String]
  }

  var targets: [Target]

  init(_ text: String) {
    let libraries = text.replacingOccurrences(of: ".systemLibrary(", with: ".target(")
    targets = libraries.components(separatedBy: "arget(").dropFirst().compactMap { part in
      guard let name = Self.between("name: \"", "\"", in: part[...]) else { return nil }
      let list = Self.between("dependencies: [", "]", in: part[...]) ?? ""
      let dependencies = list.split { ", \n\"".contains($0) }.map(String.init)
      return Target(name: name, dependencies: dependencies)
    }
  }

  private static func between(_ start: String, _ end: String, in text: Substring) -> String? {
    guard let from = text.range(of: start),
      let upTo = text.range(of: end, range: from.upperBound..<text.endIndex)
    else { return nil }
    return String(text[from.upperBound..<upTo.lowerBound])
  }

  /// Dependencies of pure targets that are neither pure nor libraries that only compute.
  var impureDependencies: [String] {
    targets.filter { Imports.pureTargets.contains($0.name) }.flatMap { target in
      target.dependencies.filter {
        !Imports.pureTargets.contains($0) && !Imports.pureLibraries.contains($0)
          && $0 != "collections" && $0 != "deques"
      }.map { "Package.swift: the pure target \(target.name) depends on \($0)" }
    }
  }
}
