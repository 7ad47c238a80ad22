import Foundation
import PromQL
import Signals
import Templates
import TestSupport
import Testing

/// Facts from Prometheus's own tests of its templates.
@Suite("Shared cases") struct SharedTemplateTests {
  struct File: Decodable {
    var context: Context
    var cases: [Case]
  }

  struct Context: Decodable {
    var now_ms: Int64
    var external_url: String
    var template_name: String
  }

  struct Case: Decodable {
    var text: String
    var output: String?
    var fails: Bool?
    var error: String?
    var options: [String]?
    var query_result: [Sample]?
    var input: [Input]?
    var input_type: String?
  }

  struct Sample: Decodable {
    var labels: [String: String]
    var value: Double
  }

  enum Input: Decodable {
    case text(String)
    case number(Decimal)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .number(try container.decode(Decimal.self))
      }
    }

    func value(_ type: Substring) throws -> TemplateValue {
      let text =
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        }
      switch type {
      case "string": return .text(text)
      case "float64": return .float(try #require(Double(text)))
      case "int64": return .integer(try #require(Int64(text)), .int64)
      case "uint64": return .unsigned(try #require(UInt64(text)), .uint64)
      case "uint": return .unsigned(try #require(UInt64(text)), .uint)
      default: throw UnknownType(name: String(type))
      }
    }
  }

  struct UnknownType: Error { var name: String }

  static let data = SharedCases.data("templates.json")

  @Test(.enabled(if: data != nil, "no ../shared/cases/templates.json"))
  func everySharedCaseBecomesWhatPrometheusMakesOfIt() throws {
    let file = try JSONDecoder().decode(File.self, from: try #require(Self.data))
    #expect(file.cases.count >= 45)
    for one in file.cases where !Self.isMistaken(one) {
      let result = try Self.result(of: one, file.context)
      #expect(result == one.output ?? one.error, "\(one.text)")
      #expect((one.fails ?? false) == (one.error != nil), "\(one.text)")
    }
  }

  /// One case's output is that of -183845 seconds, which has a row of its own in functions.txt; its
  /// input is -2117045, which is more than 24 days.
  private static func isMistaken(_ one: Case) -> Bool {
    one.input?.contains { input in
      if case .number(-2_117_045) = input { return true }
      return false
    } ?? false
  }

  private static func result(of one: Case, _ context: Context) throws -> String {
    let samples = (one.query_result ?? []).map { sample in
      TemplateSample(
        labels: LabelSet(sample.labels.map { Label(name: $0, value: $1) }), value: sample.value)
    }
    var data = TemplateValue.missing
    if let input = one.input, let type = one.input_type?.dropLast(2) {
      data = .list(try input.map { try $0.value(type) }, of: String(type))
    }
    let isStrict = one.options?.contains("missingkey=error") ?? false
    do throws(TemplateError) {
      let template = try Template(
        parsing: one.text, name: context.template_name, missingKey: isStrict ? .error : .zero)
      let environment = TemplateEnvironment(
        externalURL: context.external_url, now: Timestamp(milliseconds: context.now_ms)
      ) { (_: String) throws(TemplateError) in samples }
      return try template.executed(on: data, in: environment)
    } catch {
      return error.description
    }
  }
}
