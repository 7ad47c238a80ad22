import Signals

extension ConfigFile {
  private static let networkLimit = 1000

  static func readAddressPolicy(_ section: Section) -> AddressPolicy {
    var policy = AddressPolicy()
    policy.deny = readNetworks(section["deny"])
    policy.allow = readNetworks(section["allow"])
    return policy
  }

  private static func readNetworks(_ value: Value?) -> [IPNetwork] {
    (value?.items(atMost: networkLimit) ?? []).compactMap { item in
      item.takes(.described("an address, or a network such as 10.0.0.0/8 or fd00::/8"))
      guard let text = item.text(length: 1...64) else { return nil }
      do throws(IPNetwork.Fault) {
        return try IPNetwork(text)
      } catch {
        switch error {
        case .bitsBeyondPrefix(let network):
          item.report("has bits beyond its prefix; write \(network)")
        case .malformed:
          item.report("expected an address, or a network such as 10.0.0.0/8 or fd00::/8")
        }
      }
      return nil
    }
  }
}
