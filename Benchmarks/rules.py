"""200 rules and a dozen queries over 1,000 MCPs x 43 series, beside Debian's Prometheus in the same run.

Ours is Benchmarks/Rules: a store with series of the same shape, evaluated in the process and served
by the product's own web server. Prometheus scrapes the page server on client_golang and evaluates
the same expressions as rules every 5 s. Figures are CPU: what the kernel charges."""
import http.client
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from exposition import PEER, build_peer_server
from harness import (ROOT, Child, Verdicts, free_port, get, median, temporary_directory, total,
                     wait_http, wait_until)

MCPS = 1000
SERIES = 43
INTERVAL = 5  # seconds between two evaluations of Prometheus's rules: at 1 s it saturates
WINDOW = int(os.environ.get("SECONDS_PER_WINDOW", "40"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
LEAST_CPU = 0.3  # seconds of CPU per measurement: the kernel's tick is 10 ms

BUCKETS = "mcp_probe_duration_seconds_bucket"


def uniform(number):
    """A gauge that is anything from 0 to 1."""
    return f"mcp_gauge_{2 * number % 20:02d}_seconds"


def flag(number):
    """A gauge that is 0 or 1."""
    return f"mcp_gauge_{(2 * number + 1) % 20:02d}_seconds"


def counter(number):
    return f"mcp_counter_{number % 10:02d}_total"


def rules():
    """(group, expression) pairs: the shapes of 200 rules, most of which find nothing."""
    aggregate = [
        lambda i: f"sum by (transport) (rate({counter(i)}[1m])) > 1e6",
        lambda i: f"avg by (transport) ({uniform(i)}) > 0.9",
        lambda i: f"max by (transport) ({uniform(i)}) > 2",
        lambda i: f"count by (transport) ({uniform(i)} > 0.99) > 240",
        lambda i: f"sum({flag(i)}) / count({flag(i)}) < 0.01",
        lambda i: f"quantile by (transport) (0.99, {uniform(i)}) > 1.5",
        lambda i: f"topk(5, {uniform(i)}) > 1.5",
        lambda i: f"stddev by (transport) ({uniform(i)}) > 1",
    ]
    join = [
        lambda i: f"{uniform(i)} / on (mcp, transport) {uniform(i + 1)} > 1e5 "
                  f"and on (mcp, transport) {flag(i)} == 1",
        lambda i: f"{uniform(i)} > 0.5 unless on (mcp, transport) {uniform(i + 1)} > 0.0001",
        lambda i: f"rate({counter(i)}[1m]) / on (mcp, transport) "
                  f"(rate({counter(i + 1)}[1m]) + 1) > 100",
        lambda i: f"avg_over_time({uniform(i)}[1m]) > 0.99",
        lambda i: f"max_over_time({uniform(i)}[1m]) - min_over_time({uniform(i)}[1m]) > 5",
        lambda i: f"changes({flag(i)}[1m]) > 50",
        lambda i: f"{uniform(i)} - {uniform(i)} offset 1m > 2",
        lambda i: f"sum by (transport) ({uniform(i)}) / ignoring (transport) "
                  f"group_left sum({uniform(i)}) > 0.9",
    ]

    def absent(i):
        selector = f'{uniform(i)}{{mcp="mcp-server-{i * 37:05d}"}}'
        return f"absent({selector})" if i % 2 else f"absent_over_time({selector}[1m])"

    def histogram(i):
        if i < 3:
            return (f"histogram_quantile(0.9{i}, "
                    f"sum by (le, transport) (rate({BUCKETS}[1m]))) > 4")
        return f"histogram_quantile(0.9{i + 2}, rate({BUCKETS}[1m])) > 100"

    shapes = [
        ("threshold", 50, lambda i: f"{uniform(i)} > {0.999 - i * 1e-6:.6f}"),
        ("rate", 40, lambda i: f"rate({counter(i)}[{1 + i % 2}m]) > {1000 + i}"),
        ("aggregate", 40, lambda i: aggregate[i % 8](i)),
        ("absent", 20, absent),
        ("increase", 20, lambda i: f"increase({counter(i % 2)}[1h]) > {10**9 + i}"),
        ("histogram", 6, histogram),
        ("join", 24, lambda i: join[i % 8](i)),
    ]
    return [(group, shape(i)) for group, count, shape in shapes for i in range(count)]


# (what it is called, query, seconds of a range and its step or None, what the ratio may be)
QUERIES = [
    ("selector", "mcp_gauge_00_seconds", None, 1 / 8),
    ("one series", 'mcp_gauge_00_seconds{mcp="mcp-server-00042"}', None, None),
    ("regex", 'mcp_gauge_00_seconds{mcp=~"mcp-server-000.*"}', None, None),
    ("comparison", "mcp_gauge_00_seconds > 0.99", None, 1 / 8),
    ("aggregate", "avg by (transport) (mcp_gauge_02_seconds)", None, 1 / 8),
    ("join", "mcp_gauge_00_seconds / on (mcp, transport) mcp_gauge_02_seconds", None, 1 / 8),
    ("rate", "sum by (transport) (rate(mcp_counter_00_total[1m]))", None, 1 / 50),
    ("histogram", f"histogram_quantile(0.99, sum by (le) (rate({BUCKETS}[1m])))", None, 1 / 50),
    ("range of rates", "sum by (transport) (rate(mcp_counter_00_total[1m]))", (300, 15), 1 / 50),
    ("range of a histogram", f"histogram_quantile(0.99, sum by (le) (rate({BUCKETS}[30s])))",
     (60, 5), 1 / 50),
    ("range of rates, all series", "rate(mcp_counter_00_total[1m])", (300, 15), None),
]


def rule_file(directory):
    groups = {}
    for number, (group, expression) in enumerate(rules()):
        groups.setdefault(group, []).append({"alert": f"A{number}", "expr": expression})
    path = f"{directory}/rules.json"  # JSON is YAML
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"groups": [{"name": name, "interval": f"{INTERVAL}s", "rules": members}
                              for name, members in groups.items()]}, file)
    return path


class Prometheus:
    """Debian's Prometheus, which scrapes the page server each second."""

    def __init__(self, directory, page_port):
        self.directory, self.page_port = directory, page_port
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.configure([])
        self.child = Child("prometheus", [
            "prometheus", f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=error", "--web.enable-lifecycle"], directory)
        wait_http(f"{self.url}/-/ready")

    def configure(self, rule_files):
        with open(f"{self.directory}/prometheus.yml", "w", encoding="ascii") as file:
            json.dump({
                "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
                "rule_files": rule_files,
                "scrape_configs": [{"job_name": "expo", "static_configs": [
                    {"targets": [f"127.0.0.1:{self.page_port}"]}]}]}, file)

    def reload(self, rule_files):
        self.configure(rule_files)
        urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/-/reload", method="POST"), timeout=30).read()

    def evaluations(self):
        return total(get(f"{self.url}/metrics"),
                     "prometheus_rule_evaluation_duration_seconds_count")

    def time_of_scrape(self):
        """A time at which the page was there: a scrape that fails ends every series."""
        for age in range(5, 120):
            now = time.time() - age
            query = urllib.parse.urlencode({"query": "up == 1", "time": now})
            if json.loads(get(f"{self.url}/api/v1/query?{query}"))["data"]["result"]:
                return now
        raise SystemExit("error: Prometheus has not scraped the page for two minutes")

    def measure_scraping(self):
        """CPU seconds a sample."""
        before, start = self.child.cpu(), time.monotonic()
        time.sleep(WINDOW)
        self.idle = (self.child.cpu() - before) / (time.monotonic() - start)
        return self.idle / (MCPS * SERIES)

    def measure_rules(self):
        """CPU seconds an evaluation of all rules costs beyond the scraping."""
        self.reload([rule_file(self.directory)])
        time.sleep(3 * INTERVAL)
        before, count, start = self.child.cpu(), self.evaluations(), time.monotonic()
        time.sleep(2 * WINDOW)
        used = self.child.cpu() - before - self.idle * (time.monotonic() - start)
        evaluations = (self.evaluations() - count) / len(rules())
        self.reload([])
        return used / evaluations


def query_path(query, span, now):
    if span is None:
        return "/api/v1/query?" + urllib.parse.urlencode({"query": query, "time": now})
    seconds, step = span
    return "/api/v1/query_range?" + urllib.parse.urlencode(
        {"query": query, "start": now - seconds, "end": now, "step": step})


def measure_query(child, base, query, span, now, idle=0.0):
    """CPU seconds a query, the median of some measurements; and how many series came.

    Over a kept connection, as Grafana asks, and again and again, as a dashboard does."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
    path = query_path(query, span, now)

    def ask():
        connection.request("GET", path)
        return connection.getresponse().read()

    count = len(json.loads(ask())["data"]["result"])
    before = child.cpu()
    for _ in range(10):
        ask()
    times = max(5, min(2000, int(10 * LEAST_CPU / max(child.cpu() - before, 0.01))))
    costs = []
    for _ in range(ROUNDS):
        before, start = child.cpu(), time.monotonic()
        for _ in range(times):
            ask()
        used = child.cpu() - before - idle * (time.monotonic() - start)
        costs.append(used / times)
    connection.close()
    return max(median(costs), 1e-7), count


def our_figures(directory):
    """The benchmark's process, still serving, and what it printed."""
    subprocess.run(["swift", "build", "-c", "release", "--product", "RulesBenchmark"],
                   check=True, cwd=ROOT)
    with open(f"{directory}/rules.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{group}\t{expression}\n" for group, expression in rules())
    port = free_port()
    child = Child("ours", [f"{ROOT}/.build/release/RulesBenchmark", f"{directory}/rules.tsv",
                           str(port)], directory)
    wait_until("our figures", lambda: "serving\t" in read(child.log), limit=300)
    wait_http(f"http://127.0.0.1:{port}/-/healthy")
    figures = dict(line.split("\t") for line in read(child.log).splitlines() if "\t" in line)
    return child, f"http://127.0.0.1:{port}", {name: float(text) for name, text in figures.items()}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    verdicts = Verdicts()
    print(f"rules: 200 rules over {MCPS} MCPs x {SERIES} series")
    with temporary_directory("rules") as directory:
        ours, our_url, figures = our_figures(directory)
        for name, figure in figures.items():
            if name != "serving":
                verdicts.note(f"ours: {name}", figure)
        verdicts.note("ours: resident memory", ours.rss(), " MiB")
        if not os.path.exists(PEER) or not shutil.which("prometheus"):
            print("  no ratios: Prometheus or the page server on client_golang is not there")
            return verdicts
        port = free_port()
        page = Child("page", build_peer_server(
            directory, f"-addr 127.0.0.1:{port} -mcps {MCPS} -hist {MCPS} -churn 0.1"), directory)
        wait_http(f"http://127.0.0.1:{port}/")
        peer = Prometheus(directory, port)
        time.sleep(330)  # fills the windows of five minutes
        appending = peer.measure_scraping()
        evaluating = peer.measure_rules()
        verdicts.note("Prometheus: scraping, ns a sample", appending * 1e9)
        verdicts.note("Prometheus: rules, all, ms", evaluating * 1e3)
        verdicts.note("Prometheus: resident memory", peer.child.rss(), " MiB")
        verdicts.at_most("ratio of CPU, 200 rules", figures["rules, all, ms"] / 1e3 / evaluating,
                         1 / 50)
        verdicts.note("ratio of CPU, append (theirs reads the page too)",
                      figures["append, ns a sample"] / 1e9 / appending)
        compare_queries(verdicts, ours, our_url, figures["serving"], peer)
        print(f"  goals: rules 1/150, instant queries 1/8, rates and histograms 1/50; "
              f"rules reached 1/{evaluating * 1e3 / figures['rules, all, ms']:.0f}")
        page.stop()
    return verdicts


def compare_queries(verdicts, ours, our_url, our_end, peer):
    print("  query: ours ms, Prometheus ms, ratio (goal); CPU, with HTTP and JSON")
    peer_end = peer.time_of_scrape()
    for name, query, span, goal in QUERIES:
        mine, count = measure_query(ours, our_url, query, span, our_end)
        theirs, peer_count = measure_query(
            peer.child, peer.url, query, span, peer_end, peer.idle)
        ratio = mine / theirs
        mark = "" if goal is None else f" ({'1/%.0f' % (1 / goal)}: {'ok' if ratio <= goal else 'not reached'})"
        print(f"    {name}: {mine * 1e3:.3f}, {theirs * 1e3:.2f}, 1/{1 / ratio:.0f}{mark}"
              f"; {count} and {peer_count} series", flush=True)
