import AgentRuntime
import Testing

@Suite struct DescriptorBudgets {
  @Test(arguments: [
    (36, 13, [1, 1, 2, 1]), (64, 13, [6, 13, 4, 4]), (1024, 13, [201, 403, 64, 124]),
    (1 << 20, 13, [16_384, 1_015_457, 64, 256]),
  ]) func `descriptors are shared out: probes, idle connections, deliveries, web`(
    limit: Int64, open: Int, shares: [Int]
  ) throws {
    let budget = try #require(DescriptorBudget(limit: limit, open: open, usesPostgres: false))
    #expect(
      [budget.probes, budget.idleConnections, budget.deliveries, budget.web] == shares)
  }

  @Test(arguments: [true, false]) func `no limit is overdrawn, and each part has its least`(
    usesPostgres: Bool
  ) throws {
    let needed = DescriptorBudget.needed(open: 13, usesPostgres: usesPostgres)
    #expect(DescriptorBudget(limit: Int64(needed) - 1, open: 13, usesPostgres: usesPostgres) == nil)
    for limit in needed...5000 {
      let budget = try #require(
        DescriptorBudget(limit: Int64(limit), open: 13, usesPostgres: usesPostgres))
      let taken = 13 + DescriptorBudget.later + (usesPostgres ? DescriptorBudget.postgres : 0)
      let shared =
        budget.web + 1 + budget.deliveries + 2 * budget.probes + budget.idleConnections
      // The last connection that is kept and a look-up meet on the spare descriptor of `later`.
      #expect(taken + shared <= max(limit, needed + 1))
      #expect(budget.web >= 1 && budget.probes >= 1 && budget.deliveries >= 2)
    }
  }
}
