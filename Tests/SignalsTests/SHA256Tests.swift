import Signals
import Testing

@Suite struct SHA256Tests {
  /// The examples of FIPS 180.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
        + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func `the standard's examples come out`(text: String, digest: String) {
    #expect(Digest(of: text.utf8).hexadecimal == digest)
  }

  /// The expected digest of all digests is Python's.
  @Test func `every length around the blocks comes out`() {
    var all = SHA256()
    for length in 0...200 {
      let bytes = (0..<length).map { UInt8(($0 * 7 + length) % 251) }
      var inPieces = SHA256()
      inPieces.update(bytes.prefix(length / 3))
      inPieces.update(bytes.dropFirst(length / 3))
      let digest = inPieces.finish()
      #expect(digest == Digest(of: bytes))
      all.update(digest.bytes)
    }
    #expect(
      all.finish().hexadecimal == "37657e00834049a046517511e611d42f5688ba0d04367cf6e365412288401d5d"
    )
  }

  @Test func `a digest is its 32 bytes`() {
    let digest = Digest(of: [1, 2, 3])
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(Digest(bytes: digest.bytes.dropLast()) == nil)
    let other = Digest(of: [4])
    #expect(digest.joined(with: other) == other.joined(with: digest))
    #expect(digest.joined(with: other) != digest)
  }
}
