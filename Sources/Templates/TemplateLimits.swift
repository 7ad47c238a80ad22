/// What a template may cost. What is beyond is an error of that template.
package enum TemplateLimits {
  /// Longest text of a template, in bytes.
  package static let textBytes = 64 << 10
  /// How deep controls and parentheses may be within each other in the text. With this and the next
  /// bound, half a megabyte of stack is enough.
  package static let parseDepth = 40
  /// How deep controls, parentheses and templates may be within each other while they run.
  package static let runDepth = 40
  /// How deep maps and lists that functions make may be within each other.
  package static let valueDepth = 20
  /// Actions, operands and turns of a loop.
  package static let steps = 10_000
  /// Longest output, and longest text of a value, in bytes.
  package static let outputBytes = 64 << 10
  /// Bytes of texts that all functions of one expansion may take and make.
  package static let workBytes = 1 << 20
  /// Calls of `query` in one expansion.
  package static let queries = 10

  // A message may be about 10,000 alerts and look at each. A loop that writes something of each
  // ends at the bound of the output, which no chat takes in full; one that counts or looks for
  // something needs about ten steps an alert. 200,000 of them are a tenth of a second or two.
  package static let stepsOfMessage = 200_000
  /// Texts of alerts that are looked at are among them.
  package static let workBytesOfMessage = 8 << 20
  /// Template files, and the defaults among them.
  package static let files = 200
}
