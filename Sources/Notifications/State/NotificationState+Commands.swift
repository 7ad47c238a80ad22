package import Signals

/// What a person asks for.
extension NotificationState {
  /// Creates or changes a silence; see `Silences.set`. Gives its id.
  package mutating func setSilence(
    _ silence: Silence, at now: Now
  ) throws(SilenceProblem) -> String {
    try silences.set(silence, at: now.wall)
  }

  package mutating func expireSilence(_ id: String, at now: Now) throws(SilenceProblem) {
    try silences.expire(id, at: now.wall)
  }

  /// Sends what was given up once more, under the same key, as the newest message of its lane.
  /// Gives the new one's number.
  package mutating func redeliver(
    _ stored: StoredMessage, at now: Now
  ) throws(RedeliveryProblem) -> UInt64 {
    let dead = stored.message
    guard stored.state == .dead else { throw .notDead(stored.state) }
    // The journal's answer may be older than a redelivery that is on its way to it.
    guard !redelivered.contains(dead.number) else { throw .notDead(.queued) }
    guard integrations[dead.lane.destination] != nil else { throw .receiverRemoved }
    guard !isFull(dead.lane.destination) else { throw .full }
    let number = nextMessage
    nextMessage = nextMessage.addingSaturating(1)
    // Where what it tells belongs by now; the oldest message of an alert's lane goes first there.
    let told = Told(firing: dead.told.firing, resolved: dead.told.resolved, at: now.wall)
    let parts = told.parts { [homes] in homes.lanes(of: $0, toldIn: dead.lane) }
    let message = NotificationMessage(
      number: number, key: dead.key, lane: parts.first?.lane ?? dead.lane, reason: dead.reason,
      told: told, created: now.wall, expires: now.wall.advanced(by: limits.messageLifetime),
      body: dead.body)
    if redelivered.count >= limits.redelivered { redelivered = [] }
    redelivered.insert(dead.number)
    unsaved.append(MessageEnding(number: dead.number, end: .redelivered, at: now.wall))
    counts.deadLetters = max(0, counts.deadLetters - 1)
    unsaved.append(message)
    var waiting = WaitingMessage(message, at: now)
    waiting.isByHand = true
    waiting.isRegrouped = parts.count > 1
    if parts.count > 1 { outbox.relate(Set(parts.map(\.lane))) }
    outbox.append(waiting)
    // What it says may be old by then: what has ended meanwhile is told after it.
    for (home, part) in parts {
      log.tell(part, to: home)
      agenda.insert(.adopt(home), at: now.monotonic)
    }
    return number
  }
}
