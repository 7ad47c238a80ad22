"""From an MCP's failure to the webhook, beside Debian's Prometheus, blackbox_exporter and
Alertmanager on the same MCPs in the same run; and what both cost while nothing happens."""
import datetime
import http.server
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness import (
    EXECUTABLE, ROOT, Child, Verdicts, free_port, get, median, percentile, temporary_directory,
    total, wait_http, wait_until)
from probe import blackbox

TRIALS = int(os.environ.get("TRIALS", "100"))
MCPS = int(os.environ.get("MCPS", "1000"))
SECONDS = float(os.environ.get("SECONDS_PER_WINDOW", "10"))
PEERS = ("prometheus", "prometheus-blackbox-exporter", "prometheus-alertmanager")
IN_MEMORY = "/dev/shm"
LATEST = 30  # seconds after which a message counts as lost
BOUND = 20  # milliseconds from the end of the probe to the webhook


class Hook:
    """A webhook that knows when each MCP's alert first arrived."""

    def __init__(self):
        self.arrivals, self.changed = {}, threading.Condition()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                hook.take(time.time(), self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, arrival, body):
        with self.changed:
            for alert in json.loads(body)["alerts"]:
                if alert["status"] == "firing":
                    self.arrivals.setdefault(alert["labels"].get("mcp"), arrival)
            self.changed.notify_all()

    def forget(self, mcp):
        with self.changed:
            self.arrivals.pop(mcp, None)

    def arrival(self, mcp):
        """Waits for it; None when it does not come."""
        with self.changed:
            self.changed.wait_for(lambda: mcp in self.arrivals, LATEST)
            return self.arrivals.get(mcp)


class Farm:
    """The MCP servers of farm.go."""

    def __init__(self, directory, count):
        subprocess.run(["go", "build", "-o", f"{directory}/farm", f"{ROOT}/Benchmarks/farm.go"],
                       check=True, env=dict(os.environ, GO111MODULE="off", GOFLAGS="",
                                            GOCACHE=f"{ROOT}/.build/go-cache"))
        self.count, self.port = count, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.child = Child("farm", [f"{directory}/farm", f"127.0.0.1:{self.port}", str(count)],
                           directory)
        wait_http(f"{self.url}/answered")

    def switch(self, number, fault):
        get(f"{self.url}/fault?mcp={number}&on={str(fault).lower()}")

    def heal(self):
        for number in range(1, self.count + 1):
            self.switch(number, False)

    def first_failed(self, number):
        """When the MCP first gave a failing answer since its fault is on."""
        return int(get(f"{self.url}/failed?mcp={number}")) / 1e6

    def answered(self):
        return int(get(f"{self.url}/answered"))


class Ours:
    """The agent as chain_agent.sh starts it; the environment may name other RULES."""

    def __init__(self, directory, farm, hook, **environment):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.processes = [Child("breakwater", [
            "env", *(f"{name}={value}" for name, value in environment.items()),
            f"BREAKWATER_EXECUTABLE={EXECUTABLE}", f"{ROOT}/Benchmarks/chain_agent.sh",
            str(farm.port), str(farm.count), str(hook.port), str(port)], directory)]
        wait_http(f"{self.url}/-/ready")
        wait_until("every MCP is up",
                   lambda: total(get(f"{self.url}/metrics"), "mcp_up") == farm.count)

    def opened(self, number, since):
        """When the circuit opened first since then: the end of the probe, to a millisecond."""
        events = json.loads(get(f"{self.url}/api/v1/mcps/mcp-{number}/events?limit=100"))["data"]
        instants = [datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
                    for event in events if event["type"] == "circuit_opened"]
        return min(instant.timestamp() for instant in instants
                   if instant.timestamp() >= since - 0.001)


class Theirs:
    """Prometheus with one rule, blackbox_exporter and Alertmanager, as quick as can be set."""

    def __init__(self, directory, farm, hook):
        exporter, exporter_port = blackbox(directory)
        alertmanager, alertmanager_port = self.alertmanager(directory, hook)
        prometheus, url = self.prometheus(directory, farm, exporter_port, alertmanager_port)
        self.processes = [prometheus, exporter, alertmanager]
        query = urllib.parse.urlencode({"query": "sum(probe_success)"})

        def count():
            result = json.loads(get(f"{url}/api/v1/query?{query}"))["data"]["result"]
            return float(result[0]["value"][1]) if result else 0
        # On a busy machine blackbox_exporter never has all of them up at once.
        wait_until("Prometheus finds the MCPs up", lambda: count() >= 0.99 * farm.count,
                   limit=120)

    @staticmethod
    def alertmanager(directory, hook):
        port = free_port()
        write_json(f"{directory}/alertmanager.yml", {
            "route": {"receiver": "hook", "group_by": ["alertname", "mcp"], "group_wait": "0s",
                      "group_interval": "1s", "repeat_interval": "4h"},
            "receivers": [{"name": "hook", "webhook_configs": [
                {"url": f"http://127.0.0.1:{hook.port}/"}]}]})
        child = Child("alertmanager", [
            "prometheus-alertmanager", f"--config.file={directory}/alertmanager.yml",
            f"--storage.path={directory}/alertmanager", "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], directory)
        wait_http(f"http://127.0.0.1:{port}/-/ready")
        return child, port

    @staticmethod
    def prometheus(directory, farm, exporter_port, alertmanager_port):
        port = free_port()
        write_json(f"{directory}/rules.json", {"groups": [{"name": "mcp", "rules": [
            {"alert": "McpDown", "expr": "probe_success == 0"}]}]})
        write_json(f"{directory}/prometheus.yml", {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s",
                       "evaluation_interval": "1s"},
            "rule_files": [f"{directory}/rules.json"],
            "alerting": {"alertmanagers": [{"static_configs": [
                {"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]},
            "scrape_configs": [{
                "job_name": "mcp", "metrics_path": "/probe", "params": {"module": ["mcp"]},
                "static_configs": [
                    {"targets": [f"{farm.url}/mcp/{number}"], "labels": {"mcp": f"mcp-{number}"}}
                    for number in range(1, farm.count + 1)],
                "relabel_configs": [
                    {"source_labels": ["__address__"], "target_label": "__param_target"},
                    {"target_label": "__address__",
                     "replacement": f"127.0.0.1:{exporter_port}"}]}]})
        child = Child("prometheus", [
            "prometheus", f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/tsdb", f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error"], directory)
        wait_http(f"http://127.0.0.1:{port}/-/ready")
        return child, f"http://127.0.0.1:{port}"


def write_json(path, value):
    with open(path, "w", encoding="ascii") as file:
        json.dump(value, file)  # JSON is YAML


def stop(chain):
    for child in chain.processes:
        child.stop()


def seconds_idle(chain, farm):
    """CPU seconds of each process in one second, and how many probes come in it."""
    time.sleep(5)
    before = [child.cpu() for child in chain.processes]
    answered, start = farm.answered(), time.monotonic()
    time.sleep(SECONDS)
    elapsed = time.monotonic() - start
    rate = (farm.answered() - answered) / elapsed
    return [(child.cpu() - then) / elapsed
            for child, then in zip(chain.processes, before)], rate


def fail_in_turn(hook, farm, count):
    """One MCP after the other fails, at any phase: (number, fault, failing answer, arrival).

    Leaves out those whose message is lost, or was sent before the failing answer."""
    for number in random.sample(range(1, farm.count + 1), count):
        time.sleep(random.random())
        hook.forget(f"mcp-{number}")
        fault = time.time()
        farm.switch(number, True)
        arrival = hook.arrival(f"mcp-{number}")
        failed = farm.first_failed(number)
        if arrival and 0 < failed <= arrival:
            yield number, fault, failed, arrival


def note_shares(verdicts, figure, seconds):
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1)):
        verdicts.note(f"{figure}, {name}", percentile(seconds, share) * 1e3, " ms")


def judge_delays(verdicts, figure, seconds, trials):
    """The bound on what is beyond the probe's own phase."""
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        verdicts.at_most(f"{figure}, {name}", percentile(seconds, share) * 1e3, BOUND, " ms")
    verdicts.note(f"{figure}, max", percentile(seconds, 1) * 1e3, " ms")
    verdicts.at_most("messages lost", trials - len(seconds), 0)


def fsync_time(directory):
    """Median seconds to make 4 KiB durable where the file has them already, as SQLite's log has."""
    times, page = [], bytes(4096)
    with tempfile.TemporaryFile(dir=directory) as file:
        os.pwrite(file.fileno(), page * 50, 0)
        os.fsync(file.fileno())
        for number in range(50):
            start = time.monotonic()
            os.pwrite(file.fileno(), page, number * len(page))
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - start)
    return median(times)


def detection(verdicts, hook):
    """From the end of the probe that opens the circuit; only evaluation at once can be as quick."""
    count = max(100, TRIALS)
    print(f"chain: {count} MCPs each 1 s, one at a time fails, {TRIALS} times; rules each 15 s")
    with temporary_directory("chain") as directory:
        farm = Farm(directory, count)
        places = [(tempfile.gettempdir(), TRIALS)]
        if os.access(IN_MEMORY, os.W_OK):
            places.append((IN_MEMORY, TRIALS // 2))
        for place, trials in places:
            agent = Ours(directory, farm, hook, TMPDIR=place, EVALUATION_INTERVAL="15s",
                         RECOVERY_TIMEOUT="10m")
            from_probe, from_answer = [], []
            for number, fault, failed, arrival in fail_in_turn(hook, farm, trials):
                from_probe.append(arrival - agent.opened(number, fault))
                from_answer.append(arrival - failed)
            stop(agent)
            farm.heal()
            if place == IN_MEMORY:
                note_shares(verdicts, "the same, journal in memory", from_probe)
                continue
            judge_delays(verdicts, "end of the probe to webhook", from_probe, trials)
            note_shares(verdicts, "failing answer to webhook", from_answer)
            verdicts.note("4 KiB made durable (two commits lie on the way)",
                          fsync_time(place) * 1e3, " ms")
        farm.child.stop()


def whole(verdicts, name, chain, hook, farm):
    """One chain: cores while nothing happens, MiB, and seconds from failing answer to webhook."""
    used, rate = seconds_idle(chain, farm)
    from_fault, from_answer = [], []
    for _, fault, failed, arrival in fail_in_turn(hook, farm, TRIALS // 2):
        from_fault.append(arrival - fault)
        from_answer.append(arrival - failed)
    memory = [child.rss() for child in chain.processes]
    stop(chain)
    farm.heal()
    note_shares(verdicts, f"{name}: fault to webhook", from_fault)
    if rate < 0.9 * farm.count:
        print(f"  {name} does not keep up with {farm.count} probes a second")
    verdicts.note(f"{name}: probes a second", rate)
    verdicts.note(f"{name}: CPU while nothing happens", sum(used) * 100, " % of a core")
    verdicts.note(f"{name}: resident memory", sum(memory), " MiB")
    return sum(used), sum(memory), from_answer


def beside_peers(verdicts, hook):
    trials = TRIALS // 2
    print(f"chain: {MCPS} MCPs each 1 s, one at a time fails, {trials} times; rules each 1 s")
    with temporary_directory("chain") as directory:
        farm = Farm(directory, MCPS)
        cpu, memory, delays = whole(
            verdicts, "breakwater", Ours(directory, farm, hook), hook, farm)
        judge_delays(verdicts, "breakwater: failing answer to webhook", delays, trials)
        slow = Ours(directory, farm, hook, EVALUATION_INTERVAL="15s")
        verdicts.note("breakwater: CPU while nothing happens, rules each 15 s",
                      sum(seconds_idle(slow, farm)[0]) * 100, " % of a core")
        stop(slow)
        if missing := [name for name in PEERS if not shutil.which(name)]:
            print(f"  no ratios: there is no {', '.join(missing)}")
            return
        their_cpu, their_memory, their_delays = whole(
            verdicts, "Prometheus's chain", Theirs(directory, farm, hook), hook, farm)
        farm.child.stop()
    note_shares(verdicts, "Prometheus's chain: failing answer to webhook", their_delays)
    verdicts.note("Prometheus's chain: messages lost or false", trials - len(their_delays))
    verdicts.at_most("ratio of CPU", cpu / their_cpu, 1 / 16)
    verdicts.at_most("ratio of memory", memory / their_memory, 1 / 5)


def main():
    verdicts = Verdicts()
    if not os.access(EXECUTABLE, os.X_OK):
        raise SystemExit(f"error: no {EXECUTABLE}: make bench builds it")
    hook = Hook()
    detection(verdicts, hook)
    beside_peers(verdicts, hook)
    return verdicts
