import ConfigFile
import Foundation
import Signals
import TestSupport
import Testing

@Suite struct TimeZoneDatabase {
  static let names = [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/St_Johns",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney",
    "Pacific/Auckland", "Pacific/Apia", "Africa/Johannesburg", "Etc/GMT+5",
  ]

  /// Foundation reads the same database with other code.
  @Test(arguments: names) func offsetsAreThoseOfFoundation(name: String) throws {
    let rules = try #require(TimeZones.rules(named: name))
    let zone = TimeZone(identifier: name)
    var random = SeededRandom(seed: 1)
    for _ in 0..<2000 {
      let seconds = Int64.random(in: 0...4_102_444_800, using: &random)
      let date = Date(timeIntervalSince1970: TimeInterval(seconds))
      let change = try #require(rules.change(at: Timestamp(milliseconds: seconds * 1000)))
      #expect(change.offset == zone?.secondsFromGMT(for: date), "\(name) at \(seconds)")
    }
  }

  @Test func abbreviationsAreThoseOfTheDatabase() throws {
    let berlin = try #require(TimeZones.rules(named: "Europe/Berlin"))
    let summer = try #require(RFC3339.timestamp("2026-07-01T00:00:00Z"))
    let winter = try #require(RFC3339.timestamp("2026-12-01T00:00:00Z"))
    #expect(berlin.change(at: summer)?.abbreviation == "CEST")
    #expect(berlin.change(at: winter)?.abbreviation == "CET")
    let far = try #require(RFC3339.timestamp("2099-07-01T00:00:00Z"))
    #expect(berlin.change(at: far)?.abbreviation == "CEST")
    let saoPaulo = try #require(TimeZones.rules(named: "America/Sao_Paulo"))
    #expect(saoPaulo.change(at: far)?.abbreviation == "-03")
  }

  @Test func aTableIsSortedAndOfABoundedSize() throws {
    for name in Self.names {
      let changes = try #require(TimeZones.rules(named: name)).changes
      #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.at < $1.at })
      #expect((1...300).contains(changes.count), "\(name)")
    }
  }

  @Test func utcNeedsNoDatabase() {
    #expect(TimeZones.rules(named: "UTC") == .utc)
    #expect(TimeZones.rules(named: "") == .utc)
  }

  @Test(arguments: [
    "Europe/Nowhere", "Europe", "../../../etc/passwd", "/etc/localtime", "Europe/../UTC", "a\0b",
    "tzdata.zi", "zone.tab",
  ])
  func otherNamesAreNone(name: String) {
    #expect(TimeZones.rules(named: name) == nil)
  }

  @Test func noFileIsTooBrokenToBeReadOrRefused() throws {
    let path = "/usr/share/zoneinfo/America/New_York"
    let good = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(TimeZoneFile.rules(good, name: "good") != nil)
    for count in stride(from: 0, to: good.count - 1, by: 7) {
      #expect(TimeZoneFile.rules(Array(good.prefix(count)), name: "cut") == nil)
    }
    var random = SeededRandom(seed: 1)
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let rules = TimeZoneFile.rules(bytes, name: "broken")
      #expect(rules?.changes.isEmpty != true)
    }
  }
}
