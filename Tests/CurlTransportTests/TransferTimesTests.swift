import CurlTransport
import MCPWire
import Testing

@Suite struct TransferTimesTests {
  private func stages(_ change: (inout TransferTimes) -> Void) -> [Int] {
    var times = TransferTimes()
    change(&times)
    var stages = StageTimes()
    times.add(to: &stages)
    return stages.named.map { Int($0.duration / .microseconds(1)) }
  }

  @Test func aWholeTransferHasAllItsStages() {
    let stages = stages {
      $0.isHTTPS = true
      ($0.nameLookup, $0.connect, $0.appConnect) = (1, 3, 7)
      ($0.preTransfer, $0.startTransfer, $0.total) = (8, 20, 25)
    }
    #expect(stages == [1, 2, 4, 1, 12, 5])
  }

  @Test func aKeptConnectionHasNoEarlyStages() {
    let stages = stages {
      ($0.isReused, $0.isHTTPS) = (true, true)
      ($0.nameLookup, $0.connect, $0.appConnect) = (1, 1, 1)
      ($0.preTransfer, $0.startTransfer, $0.total) = (2, 20, 25)
    }
    #expect(stages == [0, 0, 0, 2, 18, 5])
  }

  @Test func theStageInWhichItEndedGetsWhatIsLeft() {
    #expect(stages { $0.total = 9 } == [9, 0, 0, 0, 0, 0])
    #expect(stages { ($0.nameLookup, $0.total) = (1, 9) } == [1, 8, 0, 0, 0, 0])
    let waiting = stages {
      ($0.nameLookup, $0.connect, $0.preTransfer, $0.total) = (1, 2, 3, 9)
    }
    #expect(waiting == [1, 1, 0, 1, 6, 0])
  }

  @Test func aFailedHandshakeWithoutAConnectMarkCountsAsTLS() {
    let stages = stages {
      ($0.isHTTPS, $0.isConnected) = (true, true)
      ($0.nameLookup, $0.total) = (1, 9)
    }
    #expect(stages == [1, 0, 8, 0, 0, 0])
  }
}
