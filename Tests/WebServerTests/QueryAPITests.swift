import Foundation
import PromQL
import Testing
import WebServer

/// The answers of Prometheus's query API, byte for byte.
struct QueryAPITests {
  /// A path below `/api/v1`, and `data` of the answer (and what follows it).
  static let answers: [(String, String)] = [
    ("query?query=1", #"{"resultType":"scalar","result":[1435781451.781,"1"]}"#),
    ("query?query=1%2B1&time=60", #"{"resultType":"scalar","result":[60,"2"]}"#),
    ("query?query=1e21&time=0", #"{"resultType":"scalar","result":[0,"1000000000000000000000"]}"#),
    ("query?query=%22a%5C%22b%22&time=1", #"{"resultType":"string","result":[1,"a\"b"]}"#),
    (
      "query?query=mcp_up",
      #"{"resultType":"vector","result":["#
        + #"{"metric":{"__name__":"mcp_up","mcp":"archive"},"value":[1435781451.781,"0"]},"#
        + #"{"metric":{"__name__":"mcp_up","mcp":"search"},"value":[1435781451.781,"1"]},"#
        + #"{"metric":{"__name__":"mcp_up","mcp":"weather"},"value":[1435781451.781,"1"]}]}"#
    ),
    (
      "query?query=mcp_up&limit=1",
      #"{"resultType":"vector","result":["#
        + #"{"metric":{"__name__":"mcp_up","mcp":"archive"},"value":[1435781451.781,"0"]}]},"#
        + #""warnings":["results truncated due to limit"]"#
    ),
    (
      "query?query=count(mcp_up)&limit=1",
      #"{"resultType":"vector","result":[{"metric":{},"value":[1435781451.781,"3"]}]}"#
    ),
    (
      "query?query=odd",
      #"{"resultType":"vector","result":[{"metric":{"Team-A":"da\"ta\n","__name__":"odd","#
        + #""unité.x":"é"},"value":[1435781451.781,"1e+21"]}]}"#
    ),
    (
      "query?query=special",
      #"{"resultType":"vector","result":["#
        + #"{"metric":{"__name__":"special","v":"inf"},"value":[1435781451.781,"+Inf"]},"#
        + #"{"metric":{"__name__":"special","v":"nan"},"value":[1435781451.781,"NaN"]}]}"#
    ),
    (
      "query?query=mcp_probes_total%5B30s%5D",
      #"{"resultType":"matrix","result":[{"metric":{"__name__":"mcp_probes_total","#
        + #""mcp":"weather","outcome":"ok"},"values":[[1435781436.781,"117"],"#
        + #"[1435781451.781,"120"]]}]}"#
    ),
    ("query?query=mcp_up&time=100", #"{"resultType":"vector","result":[]}"#),
    (
      "query?query=mcp_up%7Bmcp=%22search%22%7D&time=2015-07-01T20:14:11.781Z&lookback_delta=4m",
      #"{"resultType":"vector","result":[{"metric":{"__name__":"mcp_up","mcp":"search"},"#
        + #""value":[1435781651.781,"1"]}]}"#
    ),
    (
      "query?query=mcp_up%7Bmcp=%22search%22%7D&time=2015-07-01T20:14:11.781Z&lookback_delta=100",
      #"{"resultType":"vector","result":[]}"#
    ),
    (
      "query_range?query=mcp_up%7Bmcp=%22search%22%7D&start=1435781421&end=1435781451&step=15",
      #"{"resultType":"matrix","result":[{"metric":{"__name__":"mcp_up","mcp":"search"},"#
        + #""values":[[1435781421,"1"],[1435781436,"1"],[1435781451,"1"]]}]}"#
    ),
    (
      "query_range?query=1.5&start=0&end=1&step=500ms",
      #"{"resultType":"matrix","result":[{"metric":{},"values":"#
        + #"[[0,"1.5"],[0.500,"1.5"],[1,"1.5"]]}]}"#
    ),
    (
      "query_range?query=mcp_up&start=1435781451.781&end=1435781451.781&step=1&limit=1",
      #"{"resultType":"matrix","result":[{"metric":{"__name__":"mcp_up","mcp":"archive"},"#
        + #""values":[[1435781451.781,"0"]]}]},"warnings":["results truncated due to limit"]"#
    ),
    (
      "series?match%5B%5D=mcp_up%7Bmcp=~%22a.*%22%7D&match%5B%5D=%7Bmcp=~%22archive|search%22%7D",
      #"[{"__name__":"mcp_up","mcp":"archive"},{"__name__":"mcp_up","mcp":"search"}]"#
    ),
    (
      "series?match[]=mcp_up&limit=2",
      #"[{"__name__":"mcp_up","mcp":"archive"},{"__name__":"mcp_up","mcp":"search"}],"#
        + #""warnings":["results truncated due to limit"]"#
    ),
    ("series?match[]=nothing&start=0&end=1", "[]"),
    ("labels", #"["Team-A","__name__","mcp","outcome","unité.x","v"]"#),
    ("labels?match[]=mcp_up&start=2015-07-01T20:00:00Z", #"["__name__","mcp"]"#),
    ("labels?limit=1", #"["Team-A"],"warnings":["results truncated due to limit"]"#),
    ("label/mcp/values", #"["archive","search","weather"]"#),
    ("label/mcp/values?match[]=mcp_probes_total", #"["weather"]"#),
    ("label/U__unit_e9__2e_x/values", #"["é"]"#),
    ("label/unit%C3%A9.x/values", #"["é"]"#),
    ("label/none/values", "[]"),
    (
      "label/__name__/values?limit=2",
      #"["mcp_probes_total","mcp_up"],"warnings":["results truncated due to limit"]"#
    ),
    ("format_query?query=sum+by+(mcp)(rate(foo%5B5m%5D))", #""sum by (mcp) (rate(foo[5m]))""#),
    (
      "metadata?metric=mcp_probes_total",
      #"{"mcp_probes_total":[{"type":"counter","help":"Probes by how they ended.","unit":""}]}"#
    ),
    ("metadata?metric=none", "{}"),
    ("metadata?limit=0", "{}"),
    (
      "metadata?metric=mcp_up&limit_per_metric=0", #"{"mcp_up":[]}"#
    ),
    (
      "status/buildinfo",
      #"{"version":"3.0.0","revision":"","branch":"","buildUser":"","buildDate":"","goVersion":""}"#
    ),
  ]

  @Test func `every endpoint answers as Prometheus does`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for (path, data) in Self.answers {
        let answer = try await peer.get("/api/v1/\(path)")
        #expect(answer.status == 200, "\(path)")
        #expect(answer.header("content-type") == "application/json")
        #expect(answer.header("vary") == "Accept-Encoding")
        #expect(answer.text == #"{"status":"success","data":"# + data + "}\n", "\(path)")
      }
    }
  }

  @Test func `a form in a POST is as good as a URL`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for (path, data) in Self.answers {
        let parts = path.split(separator: "?")
        let isForm = ["query", "query_range", "series", "labels", "format_query"]
          .contains { parts[0] == $0 }
        guard isForm else { continue }
        let form = parts.count > 1 ? String(parts[1]) : ""
        let answer = try await peer.post("/api/v1/\(parts[0])", form: form)
        #expect(answer.status == 200, "\(path)")
        #expect(answer.text == #"{"status":"success","data":"# + data + "}\n", "\(path)")
      }
      // Without the type it is no form.
      let plain = try await peer.post("/api/v1/query", form: "query=1", type: "text/plain")
      #expect(plain.status == 400)
    }
  }

  /// A path below `/api/v1`, the status, the kind and the message.
  static let errors: [(String, Int, String, String)] = [
    (
      "query", 400, "bad_data",
      #"invalid parameter "query": 1:1: parse error: no expression found in input"#
    ),
    (
      "query?query=up%7B", 400, "bad_data",
      #"invalid parameter "query": 1:4: parse error: unexpected end of input inside braces"#
    ),
    (
      "query?query=1&time=x", 400, "bad_data",
      #"invalid parameter "time": invalid time value for 'time': "#
        + #"cannot parse "x" to a valid timestamp"#
    ),
    (
      "query?query=1&limit=x", 400, "bad_data",
      #"invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#
    ),
    (
      "query?query=1&limit=-1", 400, "bad_data",
      #"invalid parameter "limit": limit must be non-negative"#
    ),
    (
      "query?query=1&timeout=x", 400, "bad_data",
      #"invalid parameter "timeout": cannot parse "x" to a valid duration"#
    ),
    (
      "query?query=1&lookback_delta=x", 400, "bad_data",
      #"error parsing lookback delta duration: cannot parse "x" to a valid duration"#
    ),
    (
      "query?query=mcp_up+%2B+on()+mcp_up", 422, "execution",
      "found duplicate series for the match group {} on the right hand-side of the operation: "
        + #"[{__name__="mcp_up", mcp="search"}, {__name__="mcp_up", mcp="archive"}];"#
        + "many-to-many matching not allowed: matching labels must be unique on one side"
    ),
    ("query?query=1&timeout=0", 503, "timeout", "query timed out in query queue"),
    (
      "query_range?query=1&end=1&step=1", 400, "bad_data",
      #"invalid parameter "start": cannot parse "" to a valid timestamp"#
    ),
    (
      "query_range?query=1&start=1&step=1", 400, "bad_data",
      #"invalid parameter "end": cannot parse "" to a valid timestamp"#
    ),
    (
      "query_range?query=1&start=2&end=1&step=1", 400, "bad_data",
      #"invalid parameter "end": end timestamp must not be before start time"#
    ),
    (
      "query_range?query=1&start=1&end=2&step=x", 400, "bad_data",
      #"invalid parameter "step": cannot parse "x" to a valid duration"#
    ),
    (
      "query_range?query=1&start=1&end=2&step=0", 400, "bad_data",
      #"invalid parameter "step": zero or negative query resolution step widths are not accepted."#
        + " Try a positive integer"
    ),
    (
      "query_range?query=1&start=0&end=11001&step=1", 400, "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. "
        + "Try decreasing the query resolution (?step=XX)"
    ),
    (
      "query_range?query=foo%5B5m%5D&start=0&end=1&step=1", 400, "bad_data",
      #"invalid parameter "query": invalid expression type "range vector" for range query, "#
        + "must be Scalar or instant Vector"
    ),
    (
      "query_range?query=%22a%22&start=0&end=1&step=1", 400, "bad_data",
      #"invalid parameter "query": invalid expression type "string" for range query, "#
        + "must be Scalar or instant Vector"
    ),
    ("series", 400, "bad_data", "no match[] parameter provided"),
    (
      "series?match[]=up&start=x", 400, "bad_data",
      #"invalid parameter "start": invalid time value for 'start': "#
        + #"cannot parse "x" to a valid timestamp"#
    ),
    (
      "series?match[]=sum(up)", 400, "bad_data",
      #"invalid parameter "match[]": 1:1: parse error: expected a series selector"#
    ),
    (
      "labels?match[]=up+offset+5m", 400, "bad_data",
      #"invalid parameter "match[]": 1:1: parse error: expected a series selector"#
    ),
    (
      "labels?limit=1.5", 400, "bad_data",
      #"invalid parameter "limit": strconv.Atoi: parsing "1.5": invalid syntax"#
    ),
    ("metadata?limit=x", 400, "bad_data", "limit must be a number"),
    ("metadata?limit_per_metric=x", 400, "bad_data", "limit_per_metric must be a number"),
    (
      "labels?" + String(repeating: "match[]=up&", count: 65), 400, "bad_data",
      "more than 64 match[] parameters"
    ),
    (
      "format_query?query=1%2B", 400, "bad_data",
      #"invalid parameter "query": 1:3: parse error: unexpected end of input"#
    ),
    (
      "parse_query?query=)", 400, "bad_data",
      #"invalid parameter "query": 1:2: parse error: unexpected right parenthesis ')'"#
    ),
    (
      "series?match[]=%7Ba=%22%22%7D", 400, "bad_data",
      #"invalid parameter "match[]": match[] must contain at least one non-empty matcher"#
    ),
    ("label//values", 404, "not_found", "no such page"),
    ("label/a/values/b", 404, "not_found", "no such page"),
    ("query/", 404, "not_found", "no such page"),
    ("query_exemplars?query=a", 404, "not_found", "no such page"),
  ]

  @Test func `every error is told as Prometheus tells it`() async throws {
    struct Body: Decodable, Equatable {
      var status: String
      var errorType: String
      var error: String
    }
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for (path, status, kind, message) in Self.errors {
        let answer = try await peer.get("/api/v1/\(path)")
        #expect(answer.status == status, "\(path)")
        let body = try JSONDecoder().decode(Body.self, from: Data(answer.body))
        #expect(body == Body(status: "error", errorType: kind, error: message), "\(path)")
      }
    }
  }

  @Test func `warnings tell the place in the query`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      let answer = try await peer.get("/api/v1/query?query=quantile(2,+mcp_up)")
      #expect(answer.status == 200)
      #expect(
        answer.text.hasSuffix(
          #","warnings":["PromQL warning: quantile value should be between 0 and 1, "#
            + #"got 2 (1:10)"]}"#
            + "\n"))
      let info = try await peer.get("/api/v1/query?query=rate(mcp_up%5B5m%5D)")
      #expect(info.text.contains(#","infos":["PromQL info: metric might not be a counter"#))
      #expect(info.text.hasSuffix(#"\"mcp_up\" (1:6)"]}"# + "\n"))
    }
  }

  @Test func `a syntax tree is told as Prometheus tells it`() async throws {
    try await serving(FakeAgent(), queries: FakeSamples()) { peer in
      for (name, query) in SyntaxTrees.queries {
        let answer = try await peer.post(
          "/api/v1/parse_query", form: "query=" + SyntaxTrees.escaped(query))
        #expect(answer.status == 200, "\(query)")
        try expectGolden(answer.text, "tree-\(name).json")
      }
    }
  }
}

enum SyntaxTrees {
  static let queries: [(String, String)] = [
    ("literals", #"-(1.5) + 2e21"#), ("string", #""a\"b""#),
    ("selectors", #"rate(x{b!="c",d=~"e.*"}[5m] offset 1m) or y @ start() or z @ 1.5"#),
    ("subquery", "max_over_time((sum without (a) (x))[1h:30s] @ end() offset -5m)"),
    (
      "matching",
      "topk(2, x) / on (a) group_left (d) y > bool 1 and ignoring (b) count_values(\"v\", z)"
    ),
  ]

  static func escaped(_ text: String) -> String {
    text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
