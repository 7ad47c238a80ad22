package import MCPWire
import Signals

/// What the next listing of an MCP is compared with, as the bytes that memory and the journal keep.
///
/// The byte 1 (the version); whether texts to show are there; what the server says of itself; the
/// lists, each with its items. A digest is 32 bytes. The same listing gives the same bytes.
package struct CatalogueBaseline: Equatable, Sendable {
  package static let version: UInt8 = 1

  package let bytes: [UInt8]

  /// What the journal has kept, whatever it is.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// `withTexts`: with what is shown as before and after; the digests are there in any case.
  package init(_ listing: CatalogueListing, withTexts: Bool) {
    var writer = BaselineWriter(withTexts: withTexts)
    writer.add(listing)
    bytes = writer.bytes
  }

  /// `nil` when the bytes are damaged, or of a version that this program does not know.
  package var listing: CatalogueListing? {
    var reader = BaselineReader(bytes)
    return reader.listing(bytes)
  }
}

private struct BaselineWriter {
  let withTexts: Bool
  var bytes = [CatalogueBaseline.version]

  init(withTexts: Bool) {
    self.withTexts = withTexts
    bytes.append(withTexts ? 1 : 0)
  }

  mutating func add(_ listing: CatalogueListing) {
    add(listing.server)
    add(listing.instructions)
    for list in CatalogueList.allCases {
      guard let items = listing.lists[list] else {
        bytes.append(0)
        continue
      }
      bytes.append(items.isWhole ? 1 : 2)
      bytes.append(varint: UInt64(items.items.count))
      for item in items.items {
        bytes.append(text: item.name)
        for part in item.parts.prefix(list.partCount) { add(part) }
      }
    }
  }

  private mutating func add(_ text: ListedText?) {
    bytes.append(text == nil ? 0 : 1)
    if let text { add(text) }
  }

  private mutating func add(_ text: ListedText) {
    bytes.append(contentsOf: text.digest.bytes)
    if withTexts { bytes.append(text: text.shown) }
  }
}

private struct BaselineReader {
  private var place: FeedBytes
  private var hasTexts = false

  init(_ bytes: [UInt8]) { place = FeedBytes(0..<bytes.count) }

  /// Of the bytes that it was made for.
  mutating func listing(_ bytes: [UInt8]) -> CatalogueListing? {
    guard place.byte(bytes.span) == CatalogueBaseline.version else { return nil }
    hasTexts = place.flags(1, bytes.span) == 1
    var listing = CatalogueListing()
    listing.server = optionalText(bytes)
    listing.instructions = optionalText(bytes)
    for list in CatalogueList.allCases {
      switch place.flags(3, bytes.span) {
      case 0: continue
      case let state: listing.lists[list] = items(of: list, isWhole: state == 1, bytes)
      }
    }
    return place.isDamaged || !place.isAtEnd ? nil : listing
  }

  private mutating func items(
    of list: CatalogueList, isWhole: Bool, _ bytes: [UInt8]
  ) -> ListedItems {
    let least = 1 + list.partCount * Digest.byteCount
    var items: [ListedItem] = []
    for _ in 0..<place.count(ofParts: least, bytes.span) where !place.isDamaged {
      let name = string(bytes)
      var parts: [ListedText] = []
      for _ in 0..<list.partCount { parts.append(text(bytes)) }
      items.append(ListedItem(name: name, parts: parts))
    }
    return ListedItems(items: items, isWhole: isWhole)
  }

  private mutating func optionalText(_ bytes: [UInt8]) -> ListedText? {
    place.flags(1, bytes.span) == 1 ? text(bytes) : nil
  }

  private mutating func text(_ bytes: [UInt8]) -> ListedText {
    var words = SIMD8<UInt32>.zero
    for index in 0..<Digest.byteCount {
      words[index / 4] = words[index / 4] << 8 | UInt32(place.byte(bytes.span))
    }
    return ListedText(digest: Digest(words: words), shown: hasTexts ? string(bytes) : "")
  }

  private mutating func string(_ bytes: [UInt8]) -> String {
    String(decoding: bytes[place.text(bytes.span)], as: UTF8.self)
  }
}
