import Foundation
import TestSupport

/// What `journal_look.py` tells.
struct JournalLook: Decodable {
  struct Message: Decodable {
    var number: Int
    var key: String
    var group: String
    /// `hook` or `chat`.
    var receiver: String
    /// Empty while it waits.
    var end: String
    var firing: [Episode]
    var resolved: [Episode]
  }

  /// Episodes of alerts that fire or have ended lately.
  var alerts: [Episode]
  var messages: [Message]
}

/// The receivers' memory beside what the journal says must have been sent.
struct StormVerdict: CustomStringConvertible {
  let kills: Int
  private(set) var episodes = 0
  private(set) var messages = 0
  private(set) var tries = 0
  /// Messages that came again after they had been answered with 200.
  private(set) var duplicates = 0
  private(set) var lost: [String] = []
  private(set) var outOfOrder: [String] = []
  /// Duplicates without a kill between them, with another body, or under another key.
  private(set) var unexcused: [String] = []

  var description: String {
    "\(kills) kills, \(episodes) episodes, \(messages) messages in \(tries) tries: "
      + "lost \(lost.count), order violations \(outOfOrder.count), duplicates \(duplicates), "
      + "of them unexcused \(unexcused.count)"
  }

  /// `known`: what journals knew of at the ends of all lives.
  init(
    kills: Int, known: Set<Episode>, messages: [JournalLook.Message], tries: [StormReceiver.Try]
  ) {
    self.kills = kills
    self.tries = tries.count
    self.messages = messages.count
    episodes = known.count
    findLost(known, messages, tries)
    for kind in [StormReceiver.Kind.hook, .chat] {
      let taken = tries.filter { $0.kind == kind && $0.isTaken }
      findDisorder(of: taken, messages.filter { $0.receiver == kind.rawValue })
      findDuplicates(tries.filter { $0.kind == kind && $0.isAnswered })
    }
  }

  private mutating func findLost(
    _ known: Set<Episode>, _ messages: [JournalLook.Message], _ tries: [StormReceiver.Try]
  ) {
    for kind in StormReceiver.Kind.allCases {
      let taken = tries.filter { $0.kind == kind && $0.isTaken }
      let tellings = Set(taken.flatMap(\.tellings))
      for episode in known where kind != .chat || episode.mcp.hasPrefix("b") {
        let begins = tellings.contains(.init(episode: episode, fires: true))
        let ends = tellings.contains(.init(episode: episode, fires: false))
        // An Alertmanager is told the state, which says when it began.
        if !begins && kind != .push { lost.append("\(kind): the beginning of \(episode)") }
        if !ends { lost.append("\(kind): the end of \(episode)") }
      }
      let keys = Set(taken.map(\.key))
      for message in messages
      where message.receiver == kind.rawValue && message.end != "collapsed" {
        if message.end == "delivered" && keys.contains(message.key) { continue }
        lost.append("\(kind): \(message.key), which is said to be '\(message.end)'")
      }
    }
  }

  /// `taken`: by one receiver, and its messages.
  private mutating func findDisorder(
    of taken: [StormReceiver.Try], _ messages: [JournalLook.Message]
  ) {
    let byKey = Dictionary(messages.map { ($0.key, $0) }) { first, _ in first }
    var newest: [String: JournalLook.Message] = [:]
    var begun: Set<Episode> = []
    var ended: Set<Episode> = []
    for attempt in taken {
      guard let message = byKey[attempt.key] else {
        unexcused.append("\(attempt.key) is not in the journal")
        continue
      }
      let before = newest[message.group]
      if let before, before.number > message.number {
        outOfOrder.append("\(message.key) after \(before.key) of \(message.group)")
      }
      guard before?.number ?? -1 < message.number else { continue }
      if let before, before.firing == message.firing, before.resolved == message.resolved {
        unexcused.append("\(message.key) says what \(before.key) has said")
      }
      newest[message.group] = message
      for episode in message.firing {
        if ended.contains(episode) { outOfOrder.append("\(episode) fires after its end") }
        begun.insert(episode)
      }
      for episode in message.resolved {
        if !begun.contains(episode) { outOfOrder.append("\(episode) ends before it begins") }
        ended.insert(episode)
      }
    }
  }

  private mutating func findDuplicates(_ answered: [StormReceiver.Try]) {
    for (key, tries) in Dictionary(grouping: answered, by: \.key) where tries.count > 1 {
      duplicates += tries.count - 1
      if Set(tries.map(\.life)).count < tries.count {
        unexcused.append("\(key) twice in one life, of \(tries.map(\.life))")
      }
      if Set(tries.map(\.body)).count > 1 { unexcused.append("\(key) has several bodies") }
    }
  }
}
