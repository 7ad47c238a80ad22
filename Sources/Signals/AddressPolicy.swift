/// Which addresses the agent connects to (`address_policy`).
///
/// Asked of each connection with the address itself, so that no spelling, redirect or answer of a
/// name server gets around it.
package struct AddressPolicy: Equatable, Sendable {
  package var deny: [IPNetwork] = []
  /// Wins over `deny`, and over what is always denied.
  package var allow: [IPNetwork] = []

  package init() {}

  /// Denied unless allowed: "this" network, link-local with the metadata services of clouds,
  /// multicast, broadcast and the unspecified address.
  package static let always: [IPNetwork] = [
    "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255", "::", "fe80::/10", "ff00::/8",
  ].compactMap { try? IPNetwork($0) }

  /// An address with another one in it is judged by both.
  package func allows(_ address: IPAddress) -> Bool {
    let faces = [address] + (address.embedded.map { [$0] } ?? [])
    let isIn = { (networks: [IPNetwork]) in
      networks.contains { network in faces.contains(where: network.contains) }
    }
    return isIn(allow) || !(isIn(deny) || isIn(Self.always))
  }
}
