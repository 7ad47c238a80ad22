/// Swift strings as the NULL-terminated list of C strings that libpq wants.
enum CStrings {
  static func withPointers<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
  ) -> Value {
    var bytes: [CChar] = []
    let starts = strings.map { string in
      defer { bytes += string.utf8.map { CChar(bitPattern: $0) } + [0] }
      return bytes.count
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      var pointers = unsafe starts.map { start in
        unsafe buffer.baseAddress.map { unsafe $0 + start }
      }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
