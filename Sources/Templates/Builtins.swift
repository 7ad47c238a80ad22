/// The functions of Go's template language itself.
enum Builtins {
  static func apply(
    _ function: Function, _ arguments: [TemplateValue], _ escaping: @escaping TextEscaping
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
      guard case .bytes(let format, let type) = first else { return .text("") }
      // A format from outside has nothing of the author's.
      return type == .outside
        ? .bytes(try GoText.formatted(format, rest) { $0 }, .outside)
        : .bytes(try GoText.formatted(format, rest, escaping), .string)
    case .println: return .bytes(try GoText.line(arguments, escaping), .string)
    case .html: return .bytes(Escaping.html(try GoText.joined(arguments)), type(arguments))
    case .js:
      return .bytes(Array(Escaping.script(try GoText.joined(arguments)).utf8), type(arguments))
    case .urlquery:
      return .bytes(Array(Escaping.query(try GoText.joined(arguments)).utf8), type(arguments))
    default: return .bytes(try GoText.sprint(arguments, escaping), .string)
    }
  }

  /// Of what is made of them without a look at what is markup: none of it is, unless all came
  /// from the author.
  static func type(_ arguments: [TemplateValue]) -> TemplateValue.TextType {
    let isOwn = arguments.allSatisfy { argument in
      switch argument.unboxed {
      case .bytes(_, .outside), .map, .keyValues, .anything, .list, .alerts, .structure: false
      default: true
      }
    }
    return isOwn ? .string : .outside
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
      } else if case .keyValues(let map) = held {
        item = map.value(of: try key(index.unboxed)) ?? .text("")
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
    if case .bytes(let bytes, let type) = index, type.isString { return bytes }
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
    case .anything, .list, .samples, .alerts: isText = false
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
    case .anything(let list): return .anything(list.part(range))
    case .list(let elements, let type): return .list(Array(elements[range]), of: type)
    case .samples(let samples): return .samples(Array(samples[range]))
    case .alerts(let list):
      let part = list.alerts.dropFirst(range.lowerBound).prefix(range.count)
      return .alerts(AlertList(part, isNamed: list.isNamed))
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
