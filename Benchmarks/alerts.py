"""50,000 alerts at once: 500 rules over 100 MCPs begin to fire in one evaluation, and end in
another. Grouped one by one and by name; how many arrive at a webhook, how soon, and the agent's
memory at its most. Environment: ALERTS, PATIENCE (seconds)."""
import json
import os
import signal
import sys
import time

from harness import (EXECUTABLE, ROOT, Child, Verdicts, free_port, get, temporary_directory, total,
                     wait_http, wait_until)

MCPS = 100
ALERTS = int(os.environ.get("ALERTS", "50000"))
MEMORY = 256  # MiB
RATE = 500  # alerts a second, at least
PATIENCE = int(os.environ.get("PATIENCE", "600"))  # seconds


def write_rules(directory, expression):
    with open(f"{directory}/rules.yml", "w", encoding="ascii") as file:
        file.write("groups:\n  - name: storm\n    rules:\n")
        for number in range(ALERTS // MCPS):
            file.write(f"      - {{alert: Storm{number}, expr: '{expression}', labels: "
                       f"{{severity: page}}, annotations: {{summary: '{{{{ $labels.mcp }}}} is in "
                       f"storm {number}', runbook_url: 'https://runbooks.example/storm'}}}}\n")


def start(directory, hook, group_by):
    port, closed = free_port(), free_port()
    with open(f"{directory}/breakwater.yml", "w", encoding="ascii") as file:
        file.write(f"""global: {{probe_interval: 60s, probe_timeout: 1s, evaluation_interval: 5s}}
rule_files: [rules.yml]
route: {{receiver: hook, group_by: {group_by}, group_wait: 0s, group_interval: 5s}}
receivers: [{{name: hook, webhook_configs: [{{url: "http://127.0.0.1:{hook}/"}}]}}]
mcps:
""")
        for number in range(MCPS):
            file.write(f'  - {{name: mcp-{number}, url: "http://127.0.0.1:{closed}/{number}"}}\n')
    write_rules(directory, "mcp_up < 0")
    agent = Child("breakwater", [
        EXECUTABLE, "run", "--config.file", f"{directory}/breakwater.yml", "--storage.path",
        f"{directory}/data", "--web.listen-address", f"127.0.0.1:{port}", "--log.level", "error",
    ], directory)
    address = f"http://127.0.0.1:{port}"
    wait_http(address + "/-/ready")
    wait_until("all MCPs are probed", lambda: get(address + "/metrics").count("\nmcp_up{") == MCPS)
    return agent, address


def most_memory(agent):
    """Resident MiB, at the most so far."""
    with open(f"/proc/{agent.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def storm(verdicts, agent, directory, hook, expression, status):
    """All alerts change to this status at once; waits until the receiver was told of all."""
    write_rules(directory, expression)
    begin = time.time()
    agent.process.send_signal(signal.SIGHUP)
    figures = {}

    def is_told():
        nonlocal figures
        figures = json.loads(get(f"http://127.0.0.1:{hook}/figures", timeout=60))
        return figures[status]["alerts"] >= ALERTS
    try:
        wait_until(f"{ALERTS} alerts", is_told, limit=PATIENCE)
    except SystemExit as overdue:
        print(f"  {overdue}: {figures}", file=sys.stderr)
    count, (first, last) = figures[status]["alerts"], figures[status]["times"] or (begin, begin + 1)
    verdicts.at_most(f"{status} alerts that are not told", ALERTS - count, 0)
    print(f"  messages so far: {figures['messages']}, of {figures['keys']} keys")
    verdicts.note("first message after the reload", first - begin, "s")
    verdicts.note("alerts told a second from then on", count / max(last - first, 0.001))
    verdicts.at_most("seconds from then on", last - first, ALERTS / RATE, "s")
    verdicts.at_most("memory at its most", most_memory(agent), MEMORY, " MiB")


def measure(verdicts, group_by):
    print(f"  grouped by {group_by}:", flush=True)
    with temporary_directory("alerts") as directory:
        hook = free_port()
        receiver = Child(
            "receiver", [sys.executable, f"{ROOT}/Benchmarks/alerts_receiver.py", str(hook)],
            directory)
        wait_http(f"http://127.0.0.1:{hook}/figures")
        agent, address = start(directory, hook, group_by)
        verdicts.note("memory before", agent.rss(), " MiB")
        storm(verdicts, agent, directory, hook, "mcp_up >= 0", "firing")
        storm(verdicts, agent, directory, hook, "mcp_up < 0", "resolved")
        page = get(address + "/metrics", timeout=60)
        for what in ("notifications_failed_total", "notification_alerts_refused_total",
                     "notification_dead_letters", "notification_queue_length"):
            verdicts.at_most(what, total(page, "breakwater_" + what), 0)
        put_off = total(page, "breakwater_notification_flushes_put_off_total")
        verdicts.note("flushes put off since too much waited", put_off)
        agent.stop()
        receiver.stop()


def main():
    verdicts = Verdicts()
    for group_by in ("['...']", "[alertname]"):
        measure(verdicts, group_by)
    return verdicts
