import Signals

extension MCPEntry {
  /// How much later than at its interval the next probe comes, since the server goes on saying that
  /// it is not there for us: from the second time on twice as long, four intervals and five minutes
  /// at most, and up to a tenth less than that, so that many do not come together.
  var neutralPause: Duration {
    guard neutralRun >= 2 else { return .zero }
    let factor = neutralRun == 2 ? 2 : 4
    let wait = min(settings.interval * factor, max(settings.interval, .seconds(300)))
    var hash = StableHash(of: name)
    hash.combine(UInt64(clamping: neutralRun))
    return (wait - settings.interval) * (1 - hash.fraction / 10)
  }
}
