import CFuzz
import ProbeFuzzing

/// libFuzzer looks for this name at link time in some of its modes.
@_cdecl("LLVMFuzzerTestOneInput")
func one(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  if let problem = AnswerFuzz.problem(with: bytes) { fatalError(problem) }
  return 0
}

@main struct Fuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
      unsafe CommandLine
      .unsafeArgv
    _ = unsafe withUnsafeMutablePointer(to: &arguments) { pointer in
      unsafe pointer.withMemoryRebound(
        to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.self, capacity: 1
      ) { unsafe LLVMFuzzerRunDriver(&count, $0, one) }
    }
  }
}
