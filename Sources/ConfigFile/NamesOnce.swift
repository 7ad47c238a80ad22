/// Reports names that a list has twice.
struct NamesOnce {
  private let list: String
  private var first: [String: (index: Int, line: Int)] = [:]

  init(list: String) { self.list = list }

  /// Takes the `name` of an entry; an empty one has been reported already.
  mutating func check(_ name: String, of section: Section, at index: Int) {
    if let (index, line) = first[name], !name.isEmpty {
      section.report("the name of \(list)[\(index)] on line \(line) too", at: "name")
    } else {
      let place = section["name"]?.node.place ?? section.value.node.place
      first[name] = (index, place.line)
    }
  }
}
