/// What a kind of receiver takes: one row each, counted as its vendor counts.
package struct MessageLimits: Equatable, Sendable {
  /// How the vendor counts the characters of a text.
  package enum Unit: Sendable {
    case codePoints
    /// Code units of UTF-16.
    case utf16
    /// Of UTF-8.
    case bytes
    /// Code units of UTF-16 that the text takes inside JSON as we write it.
    case jsonUTF16
    /// Bytes that it takes there.
    case jsonBytes
  }

  package var unit: Unit
  /// Of a title, in units; 0: there is none.
  package var title: Int
  /// Of the text that lists alerts, in units.
  package var text: Int
  /// Of texts beside these, in units.
  package var aside: Int
  /// Of the whole body, in bytes.
  package var body: Int
  /// Alerts listed in one message at most: nobody reads more.
  package var alerts = 50
  /// Messages per second in the long run, to one destination.
  package var rate: Double
  /// Messages at once.
  package var burst: Int

  private init(
    _ unit: Unit, title: Int, text: Int, aside: Int = 256, body: Int, rate: Double, burst: Int
  ) {
    self.unit = unit
    self.title = title
    self.text = text
    self.aside = aside
    self.body = body
    self.rate = rate
    self.burst = burst
  }

  package static func row(for kind: IntegrationKind) -> MessageLimits {
    switch kind {
    // Bounded by `RenderingContext.bytesMax`, and by nobody else's rules.
    case .webhook: webhook
    case .slack: slack
    case .mattermost: mattermost
    case .discord: discord
    case .msteamsv2: msteamsv2
    case .telegram: telegram
    case .matrix: matrix
    }
  }

  /// How often messages of this kind may be sent to one destination; `nil`: there is no bound.
  var sendRate: SendRate? {
    rate.isFinite ? SendRate(perSecond: rate, burst: Double(burst)) : nil
  }

  private static let webhook = MessageLimits(
    .bytes, title: 0, text: .max, body: .max, rate: .infinity, burst: 1)

  /// Titles as Alertmanager cuts them; more than some 13,000 characters in all are refused at
  /// times. One message a second and channel, and short bursts.
  private static let slack = MessageLimits(
    .codePoints, title: 1024, text: 8000, body: 524_288, rate: 1, burst: 5)

  /// `maxPostSize`; the server's own limit is 10 a second by default.
  private static let mattermost = MessageLimits(
    .codePoints, title: 1024, text: 16_383, body: 262_144, rate: 5, burst: 10)

  /// An embed's title and description; `aside`: the content. All texts of all embeds are 6000 at
  /// most, which title and description leave room in. 30 a minute and webhook have been seen.
  private static let discord = MessageLimits(
    .utf16, title: 256, text: 4096, aside: 2000, body: 65_536, rate: 0.4, burst: 5)

  /// 28 KiB of card, counted as UTF-16 where the charset is not named: title and text are bounded
  /// so that the whole, with 2,700 units around them, stays below 14,336.
  private static let msteamsv2 = MessageLimits(
    .jsonUTF16, title: 1024, text: 10_000, body: 43_008, rate: 2, burst: 4)

  /// After the entities are parsed. 20 a minute to a group.
  private static let telegram = MessageLimits(
    .utf16, title: 0, text: 4096, body: 65_536, rate: 0.25, burst: 5)

  /// 65,536 bytes of event, of which servers need some for themselves; `text`: the plain one,
  /// `aside`: the one with markup. Rates are Synapse's.
  private static let matrix = MessageLimits(
    .jsonBytes, title: 0, text: 20_000, aside: 36_000, body: 60_000, rate: 0.2, burst: 8)
}
