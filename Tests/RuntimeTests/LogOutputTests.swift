import AgentRuntime
import Foundation
import TestSupport
import Testing

@Test(.timeLimit(.minutes(2)))
func `no line is lost when standard error is non-blocking and its reader is slow`() throws {
  let pipe = Pipe()
  let writing = pipe.fileHandleForWriting.fileDescriptor
  #expect(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
  let output = try #require(LogOutput(format: .logfmt, descriptor: writing))
  let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
  for _ in 0..<500 { output.write(line) }  // far more than a pipe holds
  var read = 0
  while read < 500_000 { read += pipe.fileHandleForReading.availableData.count }
  #expect(read == 500_000)
  output.close()
}

@Test(.timeLimit(.minutes(2)), arguments: LogFormat.allCases)
func `what a reader that stands still cannot take is dropped, counted and told`(
  format: LogFormat
) throws {
  let pipe = Pipe()
  let output = try #require(
    LogOutput(format: format, descriptor: pipe.fileHandleForWriting.fileDescriptor))
  let written = 5_000
  for number in 0..<written {
    output.write(Array("\(number) \(String(repeating: "x", count: 990))\n".utf8))
  }
  let dropped = Int(output.dropped)
  #expect(dropped > 1_500, "1 MiB waits, and what is being written")

  var text = Data()
  var lines: [Substring] = []
  func told() -> [Substring] { lines.filter { $0.contains("Lines of the log were dropped") } }
  // Two such lines when the thread had not begun before the first was dropped.
  func count(_ line: Substring) -> Int { Int(line.filter(\.isNumber).suffix(4)) ?? 0 }
  while lines.count - told().count < written - dropped || told().map(count).reduce(0, +) < dropped {
    text += pipe.fileHandleForReading.availableData
    lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
  }
  let numbers = lines.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
  #expect(numbers.count == written - dropped)
  #expect(numbers == numbers.sorted())
  #expect(told().map(count).reduce(0, +) == dropped)
  let name =
    format == .json ? #","level":"warn","thread":"log","msg":""# : " level=warn thread=log msg=\""
  #expect(told().allSatisfy { $0.contains(name) })

  output.write(Array("last\n".utf8))
  #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "last\n")
  output.close()
  #expect(Int(output.dropped) == dropped)
}

@Test(.timeLimit(.minutes(2)))
func `lines that standard error refuses are counted`() async throws {
  let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
  let output = try #require(LogOutput(format: .logfmt, descriptor: full.fileDescriptor))
  for number in 0..<10 {
    output.write(Array("a line\n".utf8))
    try await until("it is counted") { output.dropped == number + 1 }
  }
  output.close()
}
