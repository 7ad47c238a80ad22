import Agent
import Foundation
import Journal
import Signals
import TestSupport
import Testing

@Suite struct ProgressBoardTests {
  /// Another board of the same file finds what a killed process would have left.
  private func left(in path: String) -> [WorkItem] { ProgressBoard(path: path).previous.inHand }

  @Test func `a new board is empty, belongs to its owner only and has one page`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let path = directory.path + "/progress"
    let board = ProgressBoard(path: path)
    #expect(board.isDurable)
    #expect(board.previous.inHand.isEmpty)
    #expect(board.previous.lastSign == nil)
    #expect(try directory.mode(of: path) == 0o600)
    #expect(try Data(contentsOf: URL(filePath: path)).count == 4096)
  }

  @Test func `what is in hand is found again by the next life`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let path = directory.path + "/progress"
    let board = ProgressBoard(path: path)
    board.take(.coordinator, .mcp("weather"))
    #expect(board.inHand == [.mcp("weather")])
    #expect(left(in: path) == [.mcp("weather")])
    board.take(.prober, .mcp(""))
    board.take(.ruleEngine, .rule("alert:Down{severity=\"page\"}"))
    board.take(.coordinator, .mcp("news"))
    #expect(left(in: path) == [.mcp("news"), .mcp(""), .rule("alert:Down{severity=\"page\"}")])
    board.clear(.prober)
    board.beat(at: start)
    #expect(left(in: path) == board.inHand)
    #expect(board.inHand.map(\.kind) == [.mcp, .rule])
    #expect(ProgressBoard(path: path).previous.lastSign == start)
    #expect(board.lastSign == start)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 250, 999, 1000])
  func `names of all lengths come back whole`(length: Int) throws {
    let directory = try TemporaryDirectory()
    let board = ProgressBoard(path: directory.path + "/progress")
    let item = WorkItem.mcp(String(repeating: "n", count: length))
    board.take(.ruleEngine, .rule(String(repeating: "r", count: 1000)))
    board.take(.prober, item)
    board.take(.coordinator, .mcp(String(repeating: "c", count: 1000)))
    #expect(left(in: directory.path + "/progress")[1] == item)
  }

  @Test func `a longer name is cut between scalars and still told from others`() throws {
    let directory = try TemporaryDirectory()
    let board = ProgressBoard(path: directory.path + "/progress")
    let long = WorkItem.rule("a" + String(repeating: "\u{1F600}", count: 400))
    let other = WorkItem.rule(long.name + "b")
    board.take(.ruleEngine, long)
    #expect(left(in: directory.path + "/progress") == [long.bounded])
    #expect(long.bounded.name.utf8.count <= WorkItem.nameBytesMax)
    #expect(long.bounded.name.hasPrefix("a\u{1F600}\u{1F600}"))
    #expect(long.bounded != other.bounded)
    #expect(long.bounded.bounded == long.bounded)
    let longest = WorkItem.mcp(String(repeating: "\u{1F600}", count: 100))
    #expect(longest.bounded == longest)
  }

  @Test func `a slot that is half written counts as empty, the others stand`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let path = directory.path + "/progress"
    let board = ProgressBoard(path: path)
    board.take(.coordinator, .mcp("weather"))
    board.take(.prober, .mcp("news of the whole world"))
    let whole = try Data(contentsOf: URL(filePath: path))
    let place = try #require(whole.range(of: Data("whole".utf8)))
    var torn = whole
    torn.replaceSubrange(place, with: Data("whose".utf8))
    try torn.write(to: URL(filePath: path))
    #expect(left(in: path) == [.mcp("weather")])
    // A header of any bytes must not lead anywhere either.
    for fill in [UInt8(0xff), 0x01, 0x02, 0x7f] {
      for offset in 64..<72 {
        var bytes = whole
        bytes[offset] = fill
        try bytes.write(to: URL(filePath: path))
        #expect(left(in: path).allSatisfy { whole == bytes || $0 != .mcp("weather") })
      }
    }
  }

  @Test func `what is no board of ours is begun anew, or done without`() throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let path = directory.path + "/progress"
    for content in ["", "a shopping list", String(repeating: "x", count: 10_000)] {
      try Data(content.utf8).write(to: URL(filePath: path))
      let board = ProgressBoard(path: path)
      #expect(board.isDurable)
      #expect(board.previous.inHand.isEmpty)
      board.take(.prober, .mcp("weather"))
      #expect(left(in: path) == [.mcp("weather")])
    }
    let folder = ProgressBoard(path: directory.path)
    #expect(!folder.isDurable)
    folder.take(.prober, .mcp("weather"))
    folder.beat(at: start)
    #expect(folder.inHand == [.mcp("weather")])
    #expect(!ProgressBoard(path: directory.path + "/not/there").isDurable)
  }

  @Test func `a full disk leaves a board in memory`() throws {
    let directory = try TemporaryDirectory()
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.path) == 0
    else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", directory.path) }
    _ = try run("/usr/bin/dd", "if=/dev/zero", "of=\(directory.path)/rest", "bs=4k")
    let board = ProgressBoard(path: directory.path + "/progress")
    #expect(!board.isDurable)
    board.take(.coordinator, .mcp("weather"))
    #expect(board.inHand == [.mcp("weather")])
  }
}
