/// A value that is used and never shown: printing, interpolating or dumping it gives `<secret>`.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The value itself. Only the code that sends it may ask.
  package let exposed: String

  package init(_ exposed: String) { self.exposed = exposed }

  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
