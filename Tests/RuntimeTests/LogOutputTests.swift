import AgentRuntime
import Foundation
import Testing

@Test(.timeLimit(.minutes(2)))
func `no line is lost when standard error is non-blocking and its reader is slow`() throws {
  let pipe = Pipe()
  let writing = pipe.fileHandleForWriting.fileDescriptor
  #expect(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
  let output = try #require(LogOutput(descriptor: writing))
  let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
  for _ in 0..<500 { output.write(line) }  // far more than a pipe holds
  var read = 0
  while read < 500_000 { read += pipe.fileHandleForReading.availableData.count }
  #expect(read == 500_000)
  output.close()
}
