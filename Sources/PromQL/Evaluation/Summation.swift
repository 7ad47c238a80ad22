/// A sum with Neumaier's compensation, as Prometheus sums: small terms beside large ones count.
struct CompensatedSum {
  var sum = 0.0
  var compensation = 0.0

  init(_ sum: Double = 0, compensation: Double = 0) {
    self.sum = sum
    self.compensation = compensation
  }

  mutating func add(_ term: Double) {
    let total = sum + term
    if total.isInfinite {
      compensation = 0
    } else if abs(sum) >= abs(term) {
      compensation += (sum - total) + term
    } else {
      compensation += (term - total) + sum
    }
    sum = total
  }

  var value: Double { sum + compensation }
}

/// A mean: of the compensated sum, or from the point where that would overflow, a running one.
struct CompensatedMean {
  private var total = CompensatedSum()
  private var count = 0.0
  /// Set when the sum would have become infinite.
  private var running: CompensatedSum?

  mutating func add(_ value: Double) {
    count += 1
    if running == nil {
      var next = total
      next.add(value)
      if count == 1 || !next.sum.isInfinite {
        total = next
        return
      }
      running = CompensatedSum(
        total.sum / (count - 1), compensation: total.compensation / (count - 1))
    }
    var mean = running ?? CompensatedSum()
    let weight = (count - 1) / count
    mean = CompensatedSum(weight * mean.sum, compensation: weight * mean.compensation)
    mean.add(value / count)
    running = mean
  }

  var value: Double { running?.value ?? total.sum / count + total.compensation / count }
}

/// Mean and variance in one pass (Welford), compensated.
struct RunningVariance {
  private var count = 0.0
  private var mean = CompensatedSum()
  private var squares = CompensatedSum()

  mutating func add(_ value: Double) {
    count += 1
    let delta = value - mean.value
    mean.add(delta / count)
    squares.add(delta * (value - mean.value))
  }

  /// Of the population.
  var variance: Double { squares.value / count }
}
