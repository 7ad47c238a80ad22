import Signals
import Testing

struct AddressTests {
  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:10.0.0.1", "10.0.0.1"),
    ("::ffff:a9fe:a9fe", "169.254.169.254"), ("0:0:0:0:0:ffff:7f00:1", "127.0.0.1"),
    ("64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe"), ("fe80::", "fe80::"),
  ])
  func anAddressIsReadInEverySpelling(text: String, written: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == written)
    #expect(IPAddress(written) == address)
    #expect(IPAddress(bytes: address.bytes) == address)
  }

  /// What some programs take for an address, and what none does.
  @Test(arguments: [
    "", "1", "10.0.0", "10.0.0.0.1", "10.0.0.256", "010.0.0.1", "0x0a.0.0.1", "10.0.0.1 ",
    "a.b.c.d",
    "10..0.1", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345",
    "fe80::1%eth0",
    "[::1]", "::10.0.0", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7::8", "::g", "+1.0.0.1",
  ])
  func whatIsNoAddressIsRefused(text: String) { #expect(IPAddress(text) == nil) }

  @Test(arguments: [
    ("64:ff9b::7f00:1", "127.0.0.1"), ("2002:a9fe:a9fe::", "169.254.169.254"),
    ("2002:7f00:1:5::9", "127.0.0.1"), ("::127.0.0.1", "127.0.0.1"), ("::1", nil), ("::", nil),
    ("64:ff9b:1::7f00:1", nil), ("2001:db8::1", nil), ("127.0.0.1", nil),
  ])
  func anAddressMayHoldAnotherOne(text: String, embedded: String?) {
    #expect(IPAddress(text)?.embedded?.description == embedded)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
    ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"),
    ("192.0.2.128/25", "192.0.2.128/25", "192.0.2.200", "192.0.2.127"),
    ("0.0.0.0/0", "0.0.0.0/0", "255.0.0.1", "::2"),
    ("fd00::/8", "fd00::/8", "fdff::1", "fe00::"), ("::/0", "::/0", "2001:db8::1", "1.2.3.4"),
    ("::ffff:10.0.0.0/104", "10.0.0.0/8", "10.9.9.9", "11.0.0.0"),
    ("2001:db8::/33", "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
  ])
  func aNetworkHasItsAddressesAndNoOthers(
    text: String, written: String, inside: String, outside: String
  ) throws {
    let network = try IPNetwork(text)
    #expect(network.description == written)
    #expect(network.contains(try #require(IPAddress(inside))))
    #expect(!network.contains(try #require(IPAddress(outside))))
  }

  @Test(arguments: [
    "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129",
    "::ffff:10.0.0.0/95", "10.0.0.0/255.0.0.0", "example.org", "10.0.0.0/ 8",
  ])
  func whatIsNoNetworkIsRefused(text: String) {
    #expect(throws: IPNetwork.Fault.malformed) { try IPNetwork(text) }
  }

  @Test func bitsBeyondThePrefixAreNamed() throws {
    #expect(throws: IPNetwork.Fault.bitsBeyondPrefix(try IPNetwork("10.0.0.0/8"))) {
      try IPNetwork("10.0.0.1/8")
    }
    #expect(throws: IPNetwork.Fault.bitsBeyondPrefix(try IPNetwork("fd00::/9"))) {
      try IPNetwork("fd01::/9")
    }
  }

  private func policy(deny: [String] = [], allow: [String] = []) throws -> AddressPolicy {
    var policy = AddressPolicy()
    policy.deny = try deny.map { try IPNetwork($0) }
    policy.allow = try allow.map { try IPNetwork($0) }
    return policy
  }

  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "239.255.255.255", "255.255.255.255",
    "::", "fe80::1", "febf::1", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1", "::169.254.169.254",
  ])
  func someAddressesAreDeniedUnlessAllowed(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(try !policy().allows(address))
    #expect(try policy(allow: ["0.0.0.0/0", "::/0"]).allows(address))
    #expect(try policy(deny: [text], allow: [text]).allows(address))
  }

  @Test func whatIsNotDeniedIsAllowed() throws {
    for text in ["127.0.0.1", "::1", "10.0.0.1", "192.0.2.1", "2001:db8::1", "168.254.0.1"] {
      #expect(try policy().allows(try #require(IPAddress(text))), "\(text)")
    }
    let lan = try policy(deny: ["10.0.0.0/8", "fd00::/8"], allow: ["10.1.0.0/16"])
    for (text, isAllowed) in [
      ("10.0.0.1", false), ("10.1.0.1", true), ("11.0.0.1", true), ("fd00::1", false),
      ("fc00::1", true), ("64:ff9b::a00:1", false), ("64:ff9b::a01:1", true),
      ("2002:a00:1::", false), ("::ffff:10.2.0.1", false),
    ] {
      #expect(lan.allows(try #require(IPAddress(text))) == isAllowed, "\(text)")
    }
  }
}
