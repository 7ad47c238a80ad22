/// The process cannot go on and is to be started again by whoever started it; exit status 70.
package struct SupervisionGaveUp: Error, Equatable, CustomStringConvertible, Sendable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
