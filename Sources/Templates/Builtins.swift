/// The functions of Go's template language itself.
enum Builtins {
  static func apply(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    let first = arguments.first ?? .missing
    let rest = Array(arguments.dropFirst())
    switch function {
    case .len: return .int(try length(first))
    case .not: return .bool(!first.isTrue)
    case .index: return try index(first, rest)
    case .slice: return try slice(first, rest)
    case .eq: return .bool(try Comparison.isEqual(first, toAny: rest))
    case .ne: return .bool(!(try Comparison.isEqual(first, toAny: rest)))
    case .lt: return .bool(try Comparison.isLess(first, rest.first ?? .missing))
    case .ge: return .bool(!(try Comparison.isLess(first, rest.first ?? .missing)))
    case .le: return .bool(try isLessOrEqual(first, rest))
    case .gt: return .bool(!(try isLessOrEqual(first, rest)))
    case .printf:
      guard case .bytes(let format, _) = first else { return .text("") }
      return .bytes(try GoText.formatted(format, rest), .string)
    case .println: return .bytes(try GoText.line(arguments), .string)
    case .html: return .bytes(Escaping.html(try GoText.joined(arguments)), .string)
    case .js: return .text(Escaping.script(try GoText.joined(arguments)))
    case .urlquery: return .text(Escaping.query(try GoText.joined(arguments)))
    default: return .bytes(try GoText.sprint(arguments), .string)
    }
  }

  private static func isLessOrEqual(
    _ left: TemplateValue, _ rest: [TemplateValue]
  ) throws(GoError) -> Bool {
    if try Comparison.isLess(left, rest.first ?? .missing) { return true }
    return try Comparison.isEqual(left, toAny: rest)
  }

  private static func length(_ value: TemplateValue) throws(GoError) -> Int {
    let held = value.unboxed
    if held.isMissing {
      if case .missing = value {
        throw GoError("reflect: call of reflect.Value.Type on zero Value")
      }
      throw GoError("len of nil pointer")
    }
    guard let count = held.count else { throw GoError("len of type " + held.pointedTypeName) }
    return count
  }

  private static func index(
    _ value: TemplateValue, _ indices: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    var item = value.unboxed
    if item.isMissing { throw GoError("index of untyped nil") }
    for index in indices {
      let held = item.unboxed
      if held.isMissing { throw GoError("index of nil pointer") }
      if case .map(let entries) = held {
        item = entries.value(of: try key(index.unboxed)) ?? entries.zero
      } else if let count = held.count {
        let place = try self.place(index.unboxed, atMost: count)
        guard let element = held.element(place) else {
          var kind = "slice"
          if case .bytes = held { kind = "string" }
          throw GoError("reflect: \(kind) index out of range")
        }
        item = element
      } else {
        throw GoError("can't index item of type " + held.pointedTypeName)
      }
    }
    return item
  }

  private static func key(_ index: TemplateValue) throws(GoError) -> [UInt8] {
    if case .bytes(let bytes, .string) = index { return bytes }
    if index.isMissing { throw GoError("value is nil; should be of type string") }
    throw GoError("value has type \(index.typeName); should be string")
  }

  private static func place(
    _ index: TemplateValue, atMost count: Int
  ) throws(GoError) -> Int {
    let number: Int64
    switch index {
    case .integer(let value, _): number = value
    case .duration(let value, isPointer: false): number = value
    case .unsigned(let value, _): number = Int64(truncatingIfNeeded: value)
    case .missing: throw GoError("cannot index slice/array with nil")
    default: throw GoError("cannot index slice/array with type \(index.typeName)")
    }
    guard (0...Int64(count)).contains(number) else {
      throw GoError("index out of range: \(number)")
    }
    return Int(number)
  }

  private static func slice(
    _ value: TemplateValue, _ indices: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    let held = value.unboxed
    if held.isMissing { throw GoError("slice of untyped nil") }
    if indices.count > 3 { throw GoError("too many slice indexes: \(indices.count)") }
    let isText: Bool
    switch held {
    case .bytes: isText = true
    case .list, .samples: isText = false
    default: throw GoError("can't slice item of type \(held.typeName)")
    }
    if isText, indices.count == 3 { throw GoError("cannot 3-index slice a string") }
    let count = held.count ?? 0
    var bounds = [0, count]
    for (number, index) in indices.enumerated() {
      let place = try self.place(index.unboxed, atMost: count)
      if number < 2 { bounds[number] = place } else { bounds.append(place) }
    }
    for (low, high) in zip(bounds, bounds.dropFirst()) where low > high {
      throw GoError("invalid slice index: \(low) > \(high)")
    }
    let range = bounds[0]..<bounds[1]
    switch held {
    case .bytes(let bytes, let type): return .bytes(Array(bytes[range]), type)
    case .list(let elements, let type): return .list(Array(elements[range]), of: type)
    case .samples(let samples): return .samples(Array(samples[range]))
    default: return held
    }
  }
}

extension TemplateValue {
  /// Of what a pointer points at.
  var pointedTypeName: String {
    switch self {
    case .sample, .time(_, isPointer: true), .duration(_, isPointer: true):
      String(typeName.dropFirst())
    default: typeName
    }
  }
}
