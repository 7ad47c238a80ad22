extension Template {
  /// Throws when a template is called that is not there, by the text itself or by what it calls.
  func checkCalls() throws(GoError) {
    var seen: Set = [start]
    var waiting = [start]
    while let next = waiting.popLast() {
      guard let definition = definitions[next] else { continue }
      for call in definition.list.calls {
        guard definitions[call.name] != nil else {
          let place = "\(definition.origin):\(call.place.line):\(call.place.column)"
          let running = Array((next == start ? name : next).utf8)
          let missing = Array(call.name.utf8)
          throw GoError(
            "template: \(place): executing \(Quoting.quoted(running)) at <\(call.text)>: "
              + "template \(Quoting.quoted(missing)) not defined")
        }
        if seen.insert(call.name).inserted { waiting.append(call.name) }
      }
    }
  }
}

extension StatementList {
  /// The calls of templates in it.
  fileprivate var calls: [TemplateNode] {
    statements.flatMap { statement -> [TemplateNode] in
      switch statement {
      case .template(let call): [call]
      case .branch(let branch):
        ([branch.first] + branch.more).flatMap(\.body.calls) + (branch.otherwise?.calls ?? [])
      case .text, .action, .jump: []
      }
    }
  }
}
