/// The requests of one MCP method in a probe, and where their time went.
package struct MethodTimes: Equatable, Sendable {
  /// What was asked: never a network stage.
  package var stage: ProbeStage
  /// More than one for a list of several pages, or a request that was repeated.
  package var requests = 0
  /// Those of them on a connection that was kept from before.
  package var reused = 0
  /// Summed over the requests.
  package var times = StageTimes()

  package init(stage: ProbeStage) { self.stage = stage }
}

extension [MethodTimes] {
  /// Adds one request, or what an answer to the last one took beyond it.
  package mutating func add(
    _ times: StageTimes, of stage: ProbeStage, isReused: Bool, isRequest: Bool = true
  ) {
    let index = firstIndex { $0.stage == stage } ?? count
    if index == count { append(MethodTimes(stage: stage)) }
    if isRequest {
      self[index].requests += 1
      if isReused { self[index].reused += 1 }
    }
    self[index].times.add(times)
  }
}

extension StageTimes {
  package mutating func add(_ other: StageTimes) {
    resolve += other.resolve
    connect += other.connect
    tls += other.tls
    send += other.send
    wait += other.wait
    transfer += other.transfer
  }

  /// All stages together.
  package var total: Duration { resolve + connect + tls + send + wait + transfer }
}
