/// Why the process must be started again; exit status 70.
package struct SupervisionGaveUp: Error, CustomStringConvertible, Sendable {
  package let description: String

  package init(_ description: String) { self.description = description }
}
