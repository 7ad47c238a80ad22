/// The template files that messages may call: what they define, by name.
package struct TemplateLibrary: Equatable, Sendable {
  package struct File: Equatable, Sendable {
    /// Without directories: what stands outside of definitions can be called by this name.
    package var name: String
    package var text: String

    package init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  package let files: [File]
  let definitions: Definitions

  package init() {
    files = []
    definitions = [:]
  }

  /// Later definitions take the place of earlier ones; one that is empty takes no place, as in Go.
  /// Defaults come first.
  package init(files: [File]) throws(TemplateError) {
    guard files.count <= TemplateLimits.files else {
      throw TemplateError("more than \(TemplateLimits.files) template files")
    }
    var definitions: Definitions = [:]
    for file in files {
      definitions.take(over: try Self.parsed(file.text, name: file.name))
    }
    self.files = files
    self.definitions = definitions
  }

  static func parsed(_ text: String, name: String) throws(TemplateError) -> Definitions {
    guard text.utf8.count <= TemplateLimits.textBytes else {
      let limit = TemplateLimits.textBytes
      throw TemplateError("template: \(name): the text is longer than \(limit) bytes")
    }
    do throws(GoError) {
      return try Parser.definitions(of: Array(text.utf8), name: name, dialect: .messages)
    } catch {
      throw TemplateError(error.text)
    }
  }

  package static func == (lhs: Self, rhs: Self) -> Bool { lhs.files == rhs.files }
}

extension Definitions {
  mutating func take(over others: Definitions) {
    merge(others) { old, new in new.list.isEmpty ? old : new }
  }
}
