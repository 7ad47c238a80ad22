import Glibc
import NIOCore

extension IOError {
  /// The machine, or its container, has no IPv6.
  var meansNoIPv6: Bool { errnoCode == EAFNOSUPPORT || errnoCode == EADDRNOTAVAIL }

  /// What the kernel said, as a person would.
  var inWords: String {
    switch errnoCode {
    case EADDRINUSE: "address already in use"
    case EADDRNOTAVAIL: "this machine has no such address"
    case EACCES: "permission denied"
    case EAFNOSUPPORT: "this machine does not speak this address family"
    case EMFILE, ENFILE: "too many open files"
    default: "cannot listen (errno \(errnoCode))"
    }
  }
}
