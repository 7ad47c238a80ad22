import PostgresLink
import Testing

@Suite struct BatchSizeTests {
  @Test(arguments: [
    (2000, 100, 2000, 4000), (2000, 100, 1999, 2000), (2000, 250, 2000, 2000),
    (2000, 1000, 2000, 2000), (2000, 1001, 5, 1000), (100, 5000, 100, 100),
    (20_000, 1, 20_000, 20_000), (12_000, 1, 12_000, 20_000), (1, 300, 1, 100),
    (90_000, 300, 1, 20_000),
  ])
  func aBatchLastsAQuarterOfASecondToOne(
    rows: Int, milliseconds: Int, written: Int, next: Int
  ) {
    var size = BatchSize(rows: rows)
    size.took(.milliseconds(milliseconds), written: written)
    #expect(size.rows == next)
  }

  @Test func aFailureHalves() {
    var size = BatchSize(rows: 350)
    size.failed()
    #expect(size.rows == 175)
    size.failed()
    #expect(size.rows == 100)
  }
}
