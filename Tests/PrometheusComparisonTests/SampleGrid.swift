/// When there are samples, and when queries ask. All of it keeps edges apart: samples lie 3 ms
/// after whole seconds, queries ask at 1, 11, 21… s, subqueries step through 0, 10, 20… s and look
/// back to 5, 15, 25… s, so that no sample is ever on the edge of a window, where 2.x and 3.x
/// disagree.
enum SampleGrid {
  /// Milliseconds since the epoch; a multiple of 10 minutes.
  static let start: Int64 = 1_700_000_400_000
  static let interval: Int64 = 7_000
  static let shift: Int64 = 3
  static let count = 1_029

  static func time(_ index: Int) -> Int64 { start + shift + Int64(index) * interval }

  /// Seconds in which every query finds an hour behind it and ten minutes before it.
  static let firstQuery: Int64 = start / 1_000 + 4_201
  static let lastQuery: Int64 = start / 1_000 + 6_601
}
