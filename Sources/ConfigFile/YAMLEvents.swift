import Signals
import CYaml

/// What libyaml met in a text.
struct YAMLEvent {
  enum Kind: Equatable {
    case streamStart, streamEnd, documentStart, documentEnd
    case scalar(String, isPlain: Bool)
    case listStart, listEnd, mappingStart, mappingEnd
    /// Of the anchor called so.
    case alias(String)
  }

  var kind: Kind
  var place: Place
  var anchor: String?
  var tag: String?
  /// Of a scalar that stands on one line as it is: the columns from `place` to its text, 1 when it
  /// is quoted.
  var inset: Int?
}

/// Text that is not YAML. The message is libyaml's own and quotes nothing of the text.
struct YAMLSyntaxError: Error {
  var message: String
  var place: Place
}

/// Reads a text as a row of events, by the libyaml that Yams brings with it.
///
/// Events rather than Yams's tree: they tell where the *second* of two equal keys stands, show an
/// alias before anything is copied, and take time in proportion to the text whatever it says.
@safe final class YAMLEvents {
  /// A zero byte follows it, so that an empty text has an address too.
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  init(_ text: String) {
    let utf8 = Array(text.utf8) + [0]
    unsafe self.text = .allocate(capacity: utf8.count)
    _ = unsafe self.text.initialize(from: utf8)
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    // Both fail for want of memory only; the first event then says so.
    if unsafe yaml_parser_initialize(parser) == 1 {
      unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      unsafe yaml_parser_set_input_string(parser, self.text.baseAddress, utf8.count - 1)
    }
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  /// The next event. After an error or the end of the stream there is none: do not ask.
  func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var raw = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
    defer { unsafe yaml_event_delete(&raw) }
    var event = unsafe YAMLEvent(raw)
    if event.kind == .scalar("", isPlain: true) { event.place = min(event.place, endOfText) }
    return event
  }

  /// What libyaml has just stumbled over, and in what.
  private func syntaxError() -> YAMLSyntaxError {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
    var message = problem ?? "out of memory"
    if let context = unsafe parser.pointee.context {
      let line = unsafe Place(parser.pointee.context_mark).line
      message = unsafe "\(String(cString: context)) on line \(line): \(message)"
    }
    let place: Place
    if unsafe parser.pointee.error == YAML_READER_ERROR {
      place = endOfText(before: unsafe parser.pointee.problem_offset)
    } else {
      place = min(unsafe Place(parser.pointee.problem_mark), endOfText)
    }
    return YAMLSyntaxError(message: message, place: place)
  }

  /// At its end libyaml sees a line more than there is.
  private lazy var endOfText = unsafe endOfText(before: text.count - 1)

  private func endOfText(before offset: Int) -> Place {
    Place(endOf: unsafe String(decoding: text.prefix(max(0, offset)), as: UTF8.self))
  }
}

extension Place {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(
      line: Int(clamping: mark.line).addingSaturating(1),
      column: Int(clamping: mark.column).addingSaturating(1))
  }
}

extension YAMLEvent {
  fileprivate init(_ raw: yaml_event_t) {
    unsafe (kind, place) = (.streamEnd, Place(raw.start_mark))
    switch unsafe raw.type {
    case YAML_STREAM_START_EVENT: kind = .streamStart
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
    case YAML_ALIAS_EVENT: kind = unsafe .alias(Self.text(raw.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = unsafe raw.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length))
      let text = unsafe String(decoding: bytes, as: UTF8.self)
      kind = unsafe .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
      (anchor, tag) = unsafe (Self.text(scalar.anchor), Self.text(scalar.tag))
      let end = unsafe Place(raw.end_mark)
      let frame = end.column - place.column - text.unicodeScalars.count
      if end.line == place.line && (frame == 0 || frame == 2) { inset = frame / 2 }
    case YAML_SEQUENCE_START_EVENT:
      kind = .listStart
      let list = unsafe raw.data.sequence_start
      (anchor, tag) = unsafe (Self.text(list.anchor), Self.text(list.tag))
    case YAML_SEQUENCE_END_EVENT: kind = .listEnd
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      let mapping = unsafe raw.data.mapping_start
      (anchor, tag) = unsafe (Self.text(mapping.anchor), Self.text(mapping.tag))
    case YAML_MAPPING_END_EVENT: kind = .mappingEnd
    default: break
    }
  }
  private static func text(_ start: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    unsafe start.map { unsafe String(decodingCString: $0, as: UTF8.self) }
  }
}
