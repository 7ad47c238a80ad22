import Agent
import Signals

/// One host of the lists in libpq's `host`, `hostaddr` and `port`.
package struct Place: Equatable, Sendable {
  package var host: String?
  package var address: String?
  package var port: String?

  package init(host: String? = nil, address: String? = nil, port: String? = nil) {
    self.host = host
    self.address = address
    self.port = port
  }

  /// For people.
  package var name: String {
    let host = self.host ?? address ?? "the default socket"
    let bracketed = host.contains(":") && !host.hasPrefix("/") ? "[\(host)]" : host
    return port.map { "\(bracketed):\($0)" } ?? bracketed
  }

  /// What a resolver has to be asked.
  package var unresolved: String? {
    guard address == nil, let host, !host.hasPrefix("/"), !host.hasPrefix("@") else { return nil }
    let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
    return isAddress ? nil : host
  }

  var options: [ConnectionTarget.Option] {
    [("host", host), ("hostaddr", address), ("port", port)].compactMap { keyword, value in
      value.map { ConnectionTarget.Option(keyword: keyword, value: .init($0)) }
    }
  }

  /// The lists are separated by commas and of one length; a single port is for all hosts, and an
  /// empty element is libpq's default.
  package static func split(
    hosts: String?, addresses: String?, ports: String?
  ) throws(LinkError) -> [Place] {
    let hosts = list(hosts)
    let addresses = list(addresses)
    let ports = list(ports)
    let count = max(1, addresses.isEmpty ? hosts.count : addresses.count)
    guard hosts.isEmpty || hosts.count == count, ports.count <= 1 || ports.count == count else {
      throw LinkError(
        .other,
        detail: "\(hosts.count) hosts, \(addresses.count) addresses and \(ports.count) ports "
          + "do not go together")
    }
    guard count <= ConnectionTarget.mostHosts else {
      throw LinkError(
        .other, detail: "\(count) hosts, where \(ConnectionTarget.mostHosts) are the most")
    }
    for port in ports where !port.isEmpty {
      guard let number = UInt16(port), number > 0 else {
        throw LinkError(.other, detail: "a port that is not a number from 1 to 65535")
      }
    }
    func element(_ list: [String], _ index: Int) -> String? {
      let text = list.count == 1 ? list.first : list.indices.contains(index) ? list[index] : nil
      return text.flatMap { $0.isEmpty ? nil : $0 }
    }
    return (0..<count).map { index in
      Place(
        host: element(hosts, index), address: element(addresses, index),
        port: element(ports, index))
    }
  }

  private static func list(_ text: String?) -> [String] {
    guard let text, !text.isEmpty else { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
