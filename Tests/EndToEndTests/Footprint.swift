import Foundation
import Testing

/// What a process holds.
struct Footprint: CustomStringConvertible {
  let mebibytes: Int
  let descriptors: Int

  init(of process: Int32) throws {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kibibytes = line?.split(separator: " ").compactMap { Int($0) }.first
    mebibytes = try #require(kibibytes) / 1024
    descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
  }

  var description: String { "\(mebibytes) MiB, \(descriptors) descriptors" }
}
