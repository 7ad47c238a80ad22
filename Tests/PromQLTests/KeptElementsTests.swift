import PromQL
import Testing

/// What topk and count_values keep, as in Prometheus: of equal elements its heap drops the one on
/// its top.
@Suite struct KeptElements {
  private func source(_ values: [Double]) -> MemorySource {
    var source = MemorySource()
    for (name, value) in zip(["a", "b", "c", "d"], values) {
      let labels = LabelSet.empty.setting(LabelSet.nameLabel, to: "m").setting("x", to: name)
      source.append(labels, time: 1_000, value: value)
    }
    return source
  }

  @Test(
    arguments: [
      ("topk(2, m)", [3, 3, 3], ["a", "b"]), ("topk(2, m)", [3, 3, 5], ["c", "b"]),
      ("bottomk(2, m)", [5, 5, 3], ["c", "b"]), ("bottomk(1, m)", [5, 5, 5], ["a"]),
      ("topk(2, m)", [.nan, 1, .nan, 2], ["d", "b"]), ("topk(0, m)", [1, 2], []),
      ("topk(3, m)", [.nan, 1, .nan], ["b", "c", "a"]),
      ("topk(9, m)", [1, 3, 2], ["b", "c", "a"]),
    ] as [(String, [Double], [String])])
  func keepsWhatPrometheusKeeps(query: String, values: [Double], names: [String]) throws {
    let result = try Query(Expression(parsing: query)).evaluate(at: 2_000, over: source(values))
    guard case .vector(let elements) = result.value else { throw Unexpected() }
    #expect(elements.map { $0.labels["x"] } == names)
  }

  @Test(arguments: [
    ("sort_desc(m) + m", ["b", "c", "a"]), ("m + sort_desc(m)", ["a", "b", "c"]),
    ("m * on(x) group_right() sort_desc(m)", ["b", "c", "a"]),
    ("sum by (x) (sort_desc(m))", ["b", "c", "a"]), ("sort_desc(m) or m", ["b", "c", "a"]),
    ("abs(sort_desc(m)) * 2", ["b", "c", "a"]), ("topk(2, m) + m", ["b", "c"]),
    ("count_values by (x) (\"v\", sort_desc(m))", ["b", "c", "a"]),
    ("label_replace(sort_desc(m), \"y\", \"1\", \"\", \"\") and on(x) m", ["b", "c", "a"]),
  ])
  func whatIsMadeOfAnOrderHasIt(query: String, names: [String]) throws {
    let result = try Query(Expression(parsing: query)).evaluate(at: 2_000, over: source([1, 3, 2]))
    guard case .vector(let elements) = result.value else { throw Unexpected() }
    #expect(elements.map { $0.labels["x"] } == names)
  }

  @Test(arguments: [
    ("count_values without (v, x) (\"v\", m)", ["{}"]),
    ("count_values by (v) (\"v\", m)", ["{v=\"1\"}", "{v=\"2\"}"]),
    ("count_values without (x) (\"v\", m)", ["{v=\"1\"}", "{v=\"2\"}"]),
  ])
  func countValuesDropsItsLabelWhenToldTo(query: String, labels: [String]) throws {
    let result = try Query(Expression(parsing: query)).evaluate(at: 2_000, over: source([1, 2, 1]))
    guard case .vector(let elements) = result.value else { throw Unexpected() }
    #expect(elements.map(\.labels.description).sorted() == labels)
  }

  private struct Unexpected: Error {}
}
