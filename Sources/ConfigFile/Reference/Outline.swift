/// What the readers say of their grammar while they read nothing: which keys they ask for, what
/// each takes, and what they miss.
///
/// In a `Context` with an outline every key is there, holds one entry where it holds entries, and
/// has a value that is neither right nor wrong (`Node.Content.refused`). So the readers walk
/// through the whole grammar by themselves, and what they ask for is all there is.
final class Outline {
  struct Key {
    /// As in a problem, with `[]` for an entry of a list and `NAME` for a key of the user's own.
    let path: String
    var takes: ValueKind?
    /// What is reported when the key is not there.
    var missing: String?
    var isNotYet = false
  }

  /// Of entries under keys that the user chooses.
  static let anyKey = "NAME"

  /// In the order in which they are asked for.
  private(set) var keys: [Key] = []
  private var places: [String: Int] = [:]

  func ask(_ path: String) {
    guard places[path] == nil else { return }
    places[path] = keys.count
    keys.append(Key(path: path))
  }

  /// The first one to say what a value is knows best: the others look at its parts.
  func note(_ kind: ValueKind, at path: String) {
    change(path) { $0.takes = $0.takes ?? kind }
  }

  func miss(_ message: String, at path: String) { change(path) { $0.missing = message } }

  func refuse(_ path: String) { change(path) { $0.isNotYet = true } }

  subscript(_ path: String) -> Key? { places[path].map { keys[$0] } }

  private func change(_ path: String, _ body: (inout Key) -> Void) {
    ask(path)
    guard let place = places[path] else { return }
    body(&keys[place])
  }

  /// Whether a list stands within itself for the second time: what comes is the same again.
  static func repeats(_ path: String) -> Bool {
    let names = path.split(separator: ".").suffix(3)
    guard names.count == 3, let last = names.last else { return false }
    return names.dropLast().allSatisfy { $0 == last + "[]" }
  }
}

extension Value {
  /// Says what may stand here, to whoever takes an outline.
  func takes(_ kind: @autoclosure () -> ValueKind) { context.outline?.note(kind(), at: path) }

  /// Stands for a key that is not written while an outline is taken; else there is none.
  func outlined(_ key: String) -> Value? {
    guard let outline = context.outline else { return nil }
    let value = Value(node: node, path: path.joined(key: key), context: context)
    outline.ask(value.path)
    return value
  }

  /// The one entry of a list, as far as it says something new.
  var outlinedItems: [Value] {
    if Outline.repeats(path) { return [] }
    return [Value(node: node, path: path + "[]", context: context)]
  }

  /// The one entry of a mapping under any key.
  var outlinedEntries: [Node.Entry] {
    [Node.Entry(key: Outline.anyKey, place: node.place, value: node)]
  }
}
