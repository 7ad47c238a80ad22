import Foundation
import Glibc
import ServiceManagement
import TestSupport
import Testing

@Suite struct Service {
  @Test(
    arguments: [
      ([:], nil),
      (["NOTIFY_SOCKET": ""], nil),
      (["NOTIFY_SOCKET": "/"], nil),
      (["NOTIFY_SOCKET": "run/notify"], nil),
      (["NOTIFY_SOCKET": "vsock:2:9999"], nil),
      (["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 107)], nil),
      (["NOTIFY_SOCKET": "/run/systemd/notify"], "not watched"),
      (["NOTIFY_SOCKET": "@12345"], "not watched"),
      (["NOTIFY_SOCKET": "@12345", "WATCHDOG_USEC": "0"], "not watched"),
      (["NOTIFY_SOCKET": "@12345", "WATCHDOG_USEC": "soon"], "not watched"),
      (["NOTIFY_SOCKET": "@12345", "WATCHDOG_USEC": "30000000"], "30.0 seconds"),
      (
        ["NOTIFY_SOCKET": "@12345", "WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "7"], "1.5 seconds"
      ),
      (
        ["NOTIFY_SOCKET": "@12345", "WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "8"], "not watched"
      ),
    ] as [([String: String], String?)])
  func managersAreThoseOfTheEnvironment(_ environment: [String: String], _ expected: String?) {
    let manager = ServiceManager(environment: environment, processID: 7)
    #expect(manager.map { $0.watchdogInterval?.description ?? "not watched" } == expected)
  }

  @Test func theAbstractSocketHearsEachWord() throws {
    let socket = try #require(NotificationSocket())
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": socket.name]))
    manager.ready()
    manager.status("12 MCPs,\n11 up")
    manager.reloading()
    manager.watchdog()
    manager.stopping()

    #expect(socket.next(from: getpid()) == ["READY=1"])
    #expect(socket.next(from: getpid()) == ["STATUS=12 MCPs, 11 up"])
    let reload = try #require(socket.next(from: getpid()))
    #expect(reload.first == "RELOADING=1")
    let since = try #require(reload.last?.split(separator: "=").last.flatMap { Int64($0) })
    #expect(reload.last?.hasPrefix("MONOTONIC_USEC=") == true && since > 0)
    #expect(socket.next(from: getpid()) == ["STOPPING=1"], "nobody asked for signs of life")
    #expect(socket.next(from: getpid()) == nil)
  }

  @Test func aPathIsASocketToo() throws {
    let scratch = try Scratch()
    let socket = try PathSocket(scratch.path("notify").path)
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": socket.path]))
    manager.ready()
    #expect(socket.next() == "READY=1")
  }

  @Test func whatOthersSendIsPassedOver() throws {
    let socket = try #require(NotificationSocket())
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": socket.name]))
    manager.ready()
    #expect(socket.next(from: getpid() + 1) == nil)
    manager.stopping()
    #expect(socket.next(from: getpid()) == ["STOPPING=1"])
  }

  @Test func signsOfLifeAreSentAtMostEachQuarterOfTheInterval() throws {
    let socket = try #require(NotificationSocket())
    let manager = try #require(
      ServiceManager(environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "3600000000"]))
    for _ in 0..<1_000 { manager.watchdog() }
    #expect(socket.next(from: getpid()) == ["WATCHDOG=1"])
    #expect(socket.next(from: getpid()) == nil)
  }

  @Test func nobodyThereIsNoTrouble() throws {
    let gone = try #require(NotificationSocket()).name
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": gone]))
    manager.ready()
    manager.stopping()
  }
}

/// A datagram socket at a path.
private final class PathSocket: Sendable {
  let path: String
  private let descriptor: Int32

  struct Failure: Error { var code: Int32 }

  init(_ path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard code == 0 else { throw Failure(code: errno) }
  }

  deinit { close(descriptor) }

  /// `nil`: nothing waits.
  func next() -> String? {
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
