import Glibc

/// Reads small files whole, and never more than a bound.
package enum BoundedFile {
  package struct Failure: Error {
    /// For a person; never the content.
    package var reason: String
    var place = Place()

    static func tooLarge(_ limit: Int) -> Self { Self(reason: "larger than \(limit >> 10) KiB") }

    static func system(_ code: Int32) -> Self {
      switch code {
      case ENOENT, ENOTDIR: Self(reason: "cannot be read: no such file")
      case EACCES, EPERM: Self(reason: "cannot be read: permission denied")
      case EISDIR: Self(reason: "cannot be read: a directory")
      case EMFILE, ENFILE: Self(reason: "cannot be read: too many open files")
      case ELOOP: Self(reason: "cannot be read: links that lead in a circle")
      case ENAMETOOLONG: Self(reason: "cannot be read: the name is too long")
      default: Self(reason: "cannot be read: error \(code)")
      }
    }
  }

  /// The bytes of a file of at most `limit` bytes; with `mustBeFile`, of no pipe or device.
  static func bytes(
    at path: String, limit: Int, mustBeFile: Bool = false
  ) throws(Failure) -> [UInt8] {
    // Without O_NONBLOCK a pipe that nobody writes to would be waited for, for ever.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { close(descriptor) }
    if mustBeFile {
      var facts = stat()
      guard unsafe fstat(descriptor, &facts) == 0 else { throw .system(errno) }
      let kind = facts.st_mode & S_IFMT
      guard kind == S_IFREG || kind == S_IFDIR else {
        throw Failure(reason: "cannot be read: not a regular file")
      }
    }
    return try bytes(from: descriptor, limit: limit)
  }

  private static func bytes(from descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit + 1, 1 << 16))
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno) }
      if count == 0 { return content }
      content += chunk.prefix(count)
      if content.count > limit { throw .tooLarge(limit) }
    }
  }

  /// Whether anything is called so; a link counts when what it leads to is there, or is a circle.
  static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }

  /// Why a file cannot be opened and read; `nil` when it can.
  static func whyUnreadable(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return Failure.system(errno).reason }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    return unsafe read(descriptor, &byte, 1) < 0 ? Failure.system(errno).reason : nil
  }

  /// The text of a file of UTF-8; with `mustBeFile`, of no pipe or device.
  package static func text(
    at path: String, limit: Int, mustBeFile: Bool = false
  ) throws(Failure) -> String {
    try text(bytes(at: path, limit: limit, mustBeFile: mustBeFile))
  }

  /// What is written to the program's standard input.
  package static func standardInput(limit: Int) throws(Failure) -> String {
    try text(bytes(from: STDIN_FILENO, limit: limit))
  }

  private static func text(_ bytes: [UInt8]) throws(Failure) -> String {
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      let valid = String(decoding: bytes.prefix(error.byteOffsets.lowerBound), as: UTF8.self)
      throw Failure(reason: "not UTF-8", place: Place(endOf: valid))
    }
  }
}
