"""CPU and memory per probe, beside Debian's blackbox_exporter for the same POST in the same run;
and how late the probes of good servers are when half of all servers hang."""
import os
import subprocess
import time
from statistics import median_low

from harness import (
    EXECUTABLE, ROOT, Child, Verdicts, agent, free_port, get, median, nginx, percentile,
    temporary_directory, total, wait_http, wait_until)

MCPS = int(os.environ.get("MCPS", "1000"))
SECONDS = float(os.environ.get("SECONDS_PER_WINDOW", "10"))
RUNS = int(os.environ.get("RUNS", "3"))

# What the agent sends to a server that it knows, so that both do the same.
PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'


def blackbox(directory):
    port = free_port()
    with open(f"{directory}/blackbox.yml", "w", encoding="ascii") as file:
        file.write(f"""
modules:
  mcp:
    prober: http
    timeout: 5s
    http:
      method: POST
      headers: {{Content-Type: application/json, Accept: "application/json, text/event-stream"}}
      body: '{PING}'
      valid_status_codes: [200]
      fail_if_body_not_matches_regexp: ['"result"\\s*:\\s*\\{{']
      preferred_ip_protocol: ip4
      follow_redirects: false
""")
    child = Child("blackbox", [
        "prometheus-blackbox-exporter", f"--config.file={directory}/blackbox.yml",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], directory)
    wait_http(f"http://127.0.0.1:{port}/-/healthy")
    return child, port


def drive(directory, port, farm, seconds):
    """Has blackbox_exporter probe as fast as it can; returns how many probes it made."""
    script = f"{directory}/probes.lua"
    with open(script, "w", encoding="ascii") as file:
        file.write(f"""
local number = 0
request = function()
  number = number % {MCPS} + 1
  return wrk.format("GET", "/probe?module=mcp&target=http%3A%2F%2F127.0.0.1%3A{farm}%2Fmcp%2F" .. number)
end
done = function(summary) io.write("requests ", summary.requests, "\\n") end
""")
    output = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{seconds:g}s", "-s", script, f"http://127.0.0.1:{port}"],
        check=True, capture_output=True, text=True).stdout
    return int(output.rsplit("requests ", 1)[1].split()[0])


def cost(verdicts):
    """An agent with MCPS servers at 1 s and blackbox_exporter in turn, RUNS times each."""
    print(f"probe: {MCPS} MCPs each 1 s, {RUNS} windows of {SECONDS:g} s, medians")
    ours, theirs, memory = [], [], []
    with temporary_directory("probe") as directory:
        farm, farm_port = nginx(directory)
        exporter, exporter_port = blackbox(directory)
        page = get(f"http://127.0.0.1:{exporter_port}/probe?module=mcp&target="
                   f"http://127.0.0.1:{farm_port}/mcp/1")
        if total(page, "probe_success") != 1:
            raise SystemExit("error: blackbox_exporter does not reach the farm")
        for _ in range(RUNS):
            before = exporter.cpu()
            probes = drive(directory, exporter_port, farm_port, SECONDS)
            theirs.append((exporter.cpu() - before) / probes)

            urls = [f"http://127.0.0.1:{farm_port}/mcp/{n}" for n in range(1, MCPS + 1)]
            watcher, url = agent(directory, urls)
            wait_until("every MCP is up", lambda: total(get(f"{url}/metrics"), "mcp_up") == MCPS)
            time.sleep(3)
            first, before = get(f"{url}/metrics"), watcher.cpu()
            time.sleep(SECONDS)
            spent = watcher.cpu() - before
            last = get(f"{url}/metrics")
            probes, good = (
                total(last, "mcp_probes_total", *labels) - total(first, "mcp_probes_total", *labels)
                for labels in ((), ('outcome="ok"',)))
            if good < 0.99 * probes:
                raise SystemExit(f"error: only {good:.0f} of {probes:.0f} probes succeeded")
            if probes < 0.9 * MCPS * SECONDS:
                raise SystemExit(f"error: only {probes:.0f} probes in {SECONDS:g} s")
            ours.append(spent / probes)
            memory.append(watcher.rss())
            watcher.stop()
        exporter.stop()
        farm.stop()
    verdicts.note("breakwater, CPU per probe, all in", median(ours) * 1e6, " us")
    verdicts.note("blackbox_exporter, CPU per probe", median(theirs) * 1e6, " us")
    verdicts.at_most("ratio", median(ours) / median(theirs), 0.25)
    verdicts.at_most("resident memory", max(memory), 64, " MiB")


def slots(path, since):
    """Lateness in seconds of each request of the log, by the MCP's own grid of one second.

    An MCP's slot is where its earliest phase is: nothing is ever sent before its time. Phases are
    on a circle, so they are turned first to lie round that of the middle instant."""
    instants = {}
    with open(path, encoding="ascii") as log:
        for line in log:
            seconds, mcp = line.split()
            if float(seconds) >= since:
                instants.setdefault(mcp, []).append(float(seconds))
    late = []
    for of_one in instants.values():
        middle = median_low(of_one)
        phases = [(instant - middle + 0.5) % 1.0 for instant in of_one]
        late += [phase - min(phases) for phase in phases]
    return late, len(instants)


def lateness(verdicts):
    """Half of the servers accept and never answer; how late are the probes of the others?"""
    hanging = MCPS // 2
    print(f"probe: {MCPS} MCPs each 1 s, {hanging} of them hang")
    with temporary_directory("hang") as directory:
        farm, farm_port = nginx(directory, access_log=f"{directory}/access.log")
        dead_port = free_port()
        dead = Child("hanging", ["python3", f"{ROOT}/Benchmarks/hanging.py", str(dead_port)],
                     directory)
        wait_until("the hanging server", lambda: "listening" in open(dead.log).read())
        urls = [f"http://127.0.0.1:{farm_port}/mcp/{n}" if n % 2 else
                f"http://127.0.0.1:{dead_port}/mcp/{n}" for n in range(1, MCPS + 1)]
        watcher, url = agent(directory, urls)
        good = MCPS - hanging
        wait_until("the good ones are up", lambda: total(get(f"{url}/metrics"), "mcp_up") == good)
        time.sleep(3)
        since = time.time()
        time.sleep(2 * SECONDS)
        page = get(f"{url}/metrics")
        watcher.stop()
        dead.stop()
        farm.stop()
        late, seen = slots(f"{directory}/access.log", since)
    if seen != good or len(late) < 0.9 * good * 2 * SECONDS:
        raise SystemExit(f"error: {len(late)} probes of {seen} good servers arrived")
    if total(page, "mcp_up") != good:
        raise SystemExit("error: good servers are not all up beside those that hang")
    verdicts.note("median lateness of the good ones", percentile(late, 0.5) * 1e3, " ms")
    verdicts.at_most("p99 lateness of the good ones", percentile(late, 0.99) * 1e3, 250, " ms")


def main():
    verdicts = Verdicts()
    if not os.access(EXECUTABLE, os.X_OK):
        raise SystemExit(f"error: no {EXECUTABLE}: make bench builds it")
    cost(verdicts)
    lateness(verdicts)
    return verdicts
