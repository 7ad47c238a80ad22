/// What takes values one after the other and comes to a number: the samples of a window in their
/// order, or the elements of a group.
protocol Fold {
  init()
  mutating func add(_ value: Double)
  /// Meant when one value or more was added.
  var result: Double { get }
}

/// A sum with Neumaier's compensation, as Prometheus sums: small terms beside large ones count.
struct CompensatedSum: Fold {
  var sum = 0.0
  var compensation = 0.0

  init() {}

  init(_ sum: Double, compensation: Double = 0) {
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

  var result: Double { sum + compensation }
}

/// A mean: of the compensated sum, or from the point where that would overflow, a running one.
struct Mean: Fold {
  private var total = CompensatedSum()
  private var count = 0.0
  /// `total` is the mean so far, not the sum: that would have become infinite.
  private var isRunning = false

  init() {}

  mutating func add(_ value: Double) {
    count += 1
    if !isRunning {
      var next = total
      next.add(value)
      if count == 1 || !next.sum.isInfinite {
        total = next
        return
      }
      isRunning = true
      total = CompensatedSum(
        total.sum / (count - 1), compensation: total.compensation / (count - 1))
    }
    let weight = (count - 1) / count
    total = CompensatedSum(weight * total.sum, compensation: weight * total.compensation)
    total.add(value / count)
  }

  var result: Double {
    isRunning ? total.result : total.sum / count + total.compensation / count
  }
}

/// The variance of the population, in one pass (Welford), compensated.
struct Variance: Fold {
  private var count = 0.0
  private var mean = CompensatedSum()
  private var squares = CompensatedSum()

  init() {}

  mutating func add(_ value: Double) {
    count += 1
    let delta = value - mean.result
    mean.add(delta / count)
    squares.add(delta * (value - mean.result))
  }

  var result: Double { squares.result / count }
}

struct StandardDeviation: Fold {
  private var variance = Variance()

  init() {}
  mutating func add(_ value: Double) { variance.add(value) }
  var result: Double { variance.result.squareRoot() }
}

/// The least value; NaN only when there is nothing else.
struct Least: Fold {
  private(set) var result = Double.nan

  init() {}
  mutating func add(_ value: Double) { if value < result || result.isNaN { result = value } }
}

/// The greatest value; NaN only when there is nothing else.
struct Greatest: Fold {
  private(set) var result = Double.nan

  init() {}
  mutating func add(_ value: Double) { if value > result || result.isNaN { result = value } }
}

struct Tally: Fold {
  private(set) var result = 0.0

  init() {}
  mutating func add(_ value: Double) { result += 1 }
}

/// 1, whatever there is.
struct Presence: Fold {
  let result = 1.0

  init() {}
  mutating func add(_ value: Double) {}
}

struct Newest: Fold {
  private(set) var result = Double.nan

  init() {}
  mutating func add(_ value: Double) { result = value }
}

struct Oldest: Fold {
  private(set) var result = Double.nan
  private var isEmpty = true

  init() {}

  mutating func add(_ value: Double) {
    if isEmpty { result = value }
    isEmpty = false
  }
}

/// How often a value differs from the one before; NaN is no change from NaN.
struct Changes: Fold {
  private(set) var result = 0.0
  private var last: Double?

  init() {}

  mutating func add(_ value: Double) {
    if let last, value != last, !(value.isNaN && last.isNaN) { result += 1 }
    last = value
  }
}

/// How often a value is less than the one before.
struct Resets: Fold {
  private(set) var result = 0.0
  private var last = -Double.infinity

  init() {}

  mutating func add(_ value: Double) {
    if value < last { result += 1 }
    last = value
  }
}
