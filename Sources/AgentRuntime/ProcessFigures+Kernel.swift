import Agent
import CLinux
import Glibc
import Signals

extension ProcessFigures {
  /// What the kernel says of this process now. A file that cannot be read leaves its figure at 0.
  static func current(startedAt: Timestamp, maxDescriptors: Int64) -> Self {
    var figures = Self()
    figures.cpu = .nanoseconds(clinux_process_cpu_ns())
    figures.startedAt = startedAt
    figures.maxDescriptors = maxDescriptors
    figures.openDescriptors = countDescriptors()
    let pages = readSmallFile("/proc/self/statm").split(separator: " ")
    let pageSize = Int64(sysconf(Int32(_SC_PAGESIZE)))
    if pages.count > 1, let size = Int64(pages[0]), let resident = Int64(pages[1]) {
      figures.virtualMemoryBytes = size.multipliedReportingOverflow(by: pageSize).partialValue
      figures.residentMemoryBytes = resident.multipliedReportingOverflow(by: pageSize).partialValue
    }
    let bound = clinux_virtual_memory_limit()
    figures.virtualMemoryMax = bound < 0 ? nil : bound
    return figures
  }

  /// Descriptors that are open now.
  static func countDescriptors() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
    defer { unsafe closedir(directory) }
    var count = -3  // ".", ".." and the descriptor of the directory itself
    while unsafe readdir(directory) != nil { count += 1 }
    return max(0, count)
  }

  private static func readSmallFile(_ path: String) -> String {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(file, buffer.baseAddress, buffer.count)
    }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
