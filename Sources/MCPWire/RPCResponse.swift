/// An error object that answers our request.
struct RPCError: Equatable, Sendable {
  static let methodNotFound: Int64 = -32601
  static let invalidParams: Int64 = -32602
  static let invalidRequest: Int64 = -32600
  static let headerMismatch: Int64 = -32020
  static let capabilityRequired: Int64 = -32021
  static let versionUnsupported: Int64 = -32022

  var code: Int64
  var message: String
  /// `data.supported`: revisions that the server would speak.
  var supported: [String] = []
  /// Whether it carries our id, and not just no other.
  var namesOurID: Bool

  /// Whether the method itself gave this answer, and not a layer in front of it.
  var isOfMethod: Bool {
    namesOurID && (code == Self.methodNotFound || code == Self.invalidParams)
  }
  var isRateLimit: Bool { PlainText.mentionsRateLimit(message) }
  var isSessionTaken: Bool {
    code == Self.invalidRequest && PlainText.contains(message, "already initialized")
  }
}

/// What a JSON text has for our request.
enum RPCFinding: Equatable, Sendable {
  /// Bytes of the `result` object.
  case result(Range<Int>)
  case error(RPCError)
  /// A response with our id that is neither.
  case malformed
  /// JSON-RPC, but nothing for us: notifications, requests of the server, other ids.
  case nothing
  /// JSON without a `jsonrpc` member.
  case notRPC
}

/// Looks for the response to request `id` in a JSON text: an object, or an array of them.
struct RPCSearch {
  let id: Int64
  /// The text is the whole body of the response: an error that names no id is ours then.
  let isWholeBody: Bool
  private(set) var idIsOdd = false

  init(id: Int64, isWholeBody: Bool) {
    self.id = id
    self.isWholeBody = isWholeBody
  }

  mutating func find(in text: [UInt8]) throws(JSONProblem) -> RPCFinding {
    var reader = JSONReader(text)
    if text.starts(with: [0xef, 0xbb, 0xbf]) { reader.position = 3 }
    var finding = RPCFinding.notRPC
    switch try reader.kind() {
    case .object: finding = try examine(&reader, isWholeBody: isWholeBody)
    case .array:
      try reader.forEachElement { element throws(JSONProblem) in
        guard try element.kind() == .object else { return }
        let next = try examine(&element, isWholeBody: false)
        if finding == .notRPC || finding == .nothing && next != .notRPC { finding = next }
      }
    default: try reader.skipValue()
    }
    try reader.expectEnd()
    return finding
  }

  private enum FoundID { case absent, ours, other }

  private mutating func examine(
    _ reader: inout JSONReader, isWholeBody: Bool
  ) throws(JSONProblem) -> RPCFinding {
    var found = FoundID.absent
    var isRPC = false
    var hasMethod = false
    var result: Range<Int>?
    var failure: Range<Int>?
    var resultIsObject = false
    var oddID = false
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "jsonrpc": isRPC = true
      case "method": hasMethod = true
      case "id": (found, oddID) = try readID(&member)
      case "result":
        let kind = try member.kind()
        resultIsObject = kind == .object
        result = kind == .null ? nil : try member.value()
      case "error": failure = try member.kind() == .null ? nil : try member.value()
      default: break
      }
    }
    guard isRPC else { return .notRPC }
    guard !hasMethod, found != .other else { return .nothing }
    if found == .absent, !isWholeBody || failure == nil { return .nothing }
    if oddID, found == .ours { idIsOdd = true }
    if let failure {
      guard let error = try readError(reader.bytes, failure, namesOurID: found == .ours) else {
        return .malformed
      }
      return .error(error)
    }
    guard let result, resultIsObject else { return .malformed }
    return .result(result)
  }

  /// Some servers name nobody by null or by "server-error".
  private func readID(_ reader: inout JSONReader) throws(JSONProblem) -> (FoundID, isOdd: Bool) {
    switch try reader.kind() {
    case .number: return try readNumber(&reader)
    case .null:
      try reader.skipValue()
      return (.absent, false)
    case .string:
      let text = try reader.string(limit: 64) ?? ""
      if text == "server-error" { return (.absent, false) }
      return (text == String(id) ? .ours : .other, true)
    default:
      try reader.skipValue()
      return (.other, false)
    }
  }

  /// Some JSON libraries read every number as a Double and send 1 back as 1.0.
  private func readNumber(
    _ reader: inout JSONReader
  ) throws(JSONProblem) -> (FoundID, isOdd: Bool) {
    let token = try reader.numberToken()
    var whole = JSONReader(reader.bytes, in: token)
    if try whole.integer() == id { return (.ours, false) }
    guard let point = reader.bytes[token].firstIndex(of: UInt8(ascii: ".")),
      reader.bytes[(point + 1)..<token.upperBound].allSatisfy({ $0 == UInt8(ascii: "0") })
    else { return (.other, false) }
    var beforePoint = JSONReader(reader.bytes, in: token.lowerBound..<point)
    return (try beforePoint.integer() == id ? .ours : .other, true)
  }

  private func readError(
    _ bytes: [UInt8], _ range: Range<Int>, namesOurID: Bool
  ) throws(JSONProblem) -> RPCError? {
    var reader = JSONReader(bytes, in: range)
    guard try reader.kind() == .object else { return nil }
    var code: Int64?
    var message = ""
    var supported: [String] = []
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "code": code = try member.integer()
      case "message": message = try member.string() ?? ""
      case "data" where try member.kind() == .object:
        try member.forEachMember { data, key throws(JSONProblem) in
          if key == "supported" { supported = try data.versions() ?? [] }
        }
      default: break
      }
    }
    return code.map {
      RPCError(code: $0, message: message, supported: supported, namesOurID: namesOurID)
    }
  }
}

extension JSONReader {
  /// The strings of the array that comes next, 32 at most; `nil` when it is no array.
  mutating func versions() throws(JSONProblem) -> [String]? {
    guard try kind() == .array else { return nil }
    var versions: [String] = []
    try forEachElement { element throws(JSONProblem) in
      if versions.count < 32, let version = try element.string(limit: 64) {
        versions.append(version)
      }
    }
    return versions
  }
}
