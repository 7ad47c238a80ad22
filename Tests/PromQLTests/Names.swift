import PromQL

/// Foundation has an `Expression` of its own.
typealias Expression = PromQL.Expression
