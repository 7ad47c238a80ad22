import Foundation

/// The envelope of every answer below `/api`, and of every error.
enum APIBody {
  private struct Success<Content: Encodable>: Encodable {
    let status = "success"
    let data: Content
  }

  private struct Failure: Encodable {
    let status = "error"
    let errorType: String
    let error: String
  }

  static func success(_ content: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Success(data: content)) + Data("\n".utf8)
  }

  /// A JSON string.
  static func text(_ text: String) -> Data {
    var out = JSONBlocks()
    out.string(text)
    out.byte("\n")
    return Data(out.finish().joined())
  }

  static func failure(_ problem: Problem) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let failure = Failure(errorType: problem.kind.rawValue, error: problem.message)
    let body = (try? encoder.encode(failure)) ?? Data(#"{"status":"error"}"#.utf8)
    return body + Data("\n".utf8)
  }
}

/// Writes `nil` as `null`, so that every key is always there.
@propertyWrapper
struct OrNull<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}
