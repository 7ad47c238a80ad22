"""Starts real MCP servers, probes them with `breakwater`, and says who was reported wrongly.
usage: test_servers.py [--only TEXT] [--probes N] BREAKWATER FIXTURES VENVS

Each server is probed once by `breakwater probe --json` and then again and again by one agent for
all. Prints a table; ends with 1 when a line is wrong or a pin is missing that can be installed.
"""
import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

from server_matrix import SERVERS

START_LIMIT = 180
PROBE_LIMIT = 30


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def request(port, method, path, body=None, headers={}, limit=5):
    """Status, headers and body of one exchange."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def until(what, limit, look):
    """Asks again and again, since servers start when they start."""
    end = time.monotonic() + limit
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if (found := look()) is not None:
                return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {limit} s")
        time.sleep(0.1)


class Running:
    """One server of the table, started."""

    def __init__(self, server, ports, given, scratch):
        self.server = server
        self.port, self.count_port = ports
        self.url = f"http://127.0.0.1:{self.port}{server.path}"
        self.token = None
        if server.token:
            self.token = scratch / f"{self.port}.token"
            self.token.write_text(server.token)
        self.process = None
        if not server.command:
            return
        venv = given.venvs / (server.pin or "")
        python = venv / "bin/python" if server.pin else pathlib.Path(sys.executable)
        places = {
            "python": python, "venv": venv, "venvs": given.venvs, "fixtures": given.fixtures,
            "port": self.port, "count_port": self.count_port,
            "python_name": next((one.name for one in venv.glob("lib/python3*")), "python3")}
        command = shlex.split(server.command.format(**places))
        program = pathlib.Path(command[0])
        if program.name == "mcp-grafana":
            program.chmod(0o755)
        self.log = scratch / f"{self.port}.log"
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT, cwd=scratch, env=os.environ | server.environment,
            start_new_session=True)

    def ready(self):
        if self.process:
            until(self.server.name, START_LIMIT, lambda: self.answers())

    def answers(self):
        if self.process.poll() is not None:
            raise TimeoutError(f"{self.server.name} has ended: {self.log.read_text()[-500:]}")
        return request(self.port, "GET", "/nothing")[0]

    def sessions(self):
        if not self.server.is_counted:
            return None
        return json.loads(request(self.count_port, "GET", "/", limit=30)[2])["sessions"]

    def prepare(self):
        match self.server.before:
            case "take_session":
                body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                    "protocolVersion": "2025-11-25", "capabilities": {},
                    "clientInfo": {"name": "another", "version": "1"}}})
                status, _, _ = request(self.port, "POST", self.server.path, body, {
                    "Content-Type": "application/json",
                    "Accept": "application/json, text/event-stream"})
                assert status == 200, f"the first client got {status}"
            case "kill_child":
                pid = self.process.pid
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                assert children, "mcp-proxy has no child"
                for child in children:
                    os.kill(int(child), signal.SIGKILL)

    def stop(self):
        if not self.process:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Line:
    """What came of one server."""

    def __init__(self, server):
        self.server = server
        self.reported = {}
        self.problems = []
        self.counts = [None, None, None]

    @property
    def has_outcome(self):
        return self.reported.get("outcome") == self.server.outcome

    def expect(self, what, expected, reported):
        if expected != reported:
            self.problems.append(f"{what}: {reported}, not {expected}")

    def judge(self, report, where):
        server = self.server
        self.expect(where + "outcome", server.outcome, report.get("outcome"))
        if server.outcome != "ok":
            return
        self.expect(where + "transport", server.transport, report.get("transport"))
        self.expect(where + "protocol version", server.version, report.get("protocol_version"))
        if server.counts:
            found = tuple(report.get(key) for key in ("tools", "prompts", "resources"))
            self.expect(where + "tools, prompts, resources", server.counts, found)

    def expected_text(self):
        server = self.server
        return text_of(
            server.outcome, server.transport, server.version, server.counts, server.warnings,
            server.sessions)

    def reported_text(self):
        report = self.reported
        found = tuple(report.get(key) for key in ("tools", "prompts", "resources"))
        return text_of(
            report.get("outcome", "nothing"), report.get("transport"),
            report.get("protocol_version"), found if report.get("transport") else None,
            report.get("warnings", ()), self.counts if self.server.is_counted else None)


def text_of(outcome, transport, version, counts, warnings, sessions):
    words = [outcome]
    if transport:
        words += [transport, version or "?"]
    if counts:
        words.append("/".join("-" if one is None else str(one) for one in counts))
    words += warnings
    if sessions:
        words.append("sessions " + ",".join("?" if one is None else str(one) for one in sessions))
    return " ".join(words)


def probe(running, line, program):
    """One `breakwater probe`."""
    running.prepare()
    before = running.sessions()
    command = [program, "probe", "--json", "--timeout", "20s", running.url]
    if running.token:
        command += ["--bearer-file", running.token]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_LIMIT)
    try:
        line.reported = json.loads(done.stdout)
    except ValueError:
        line.problems.append(f"no JSON: {done.stdout[:100]}{done.stderr[:200]}")
        return
    line.judge(line.reported, "")
    if running.server.stage:
        line.expect("stage", running.server.stage, line.reported.get("stage"))
    line.expect("exit status", line.reported.get("verdict") != "up", done.returncode != 0)
    line.expect("warnings", list(running.server.warnings), line.reported.get("warnings"))
    if running.server.outcome == "ok" and line.reported.get("detail"):
        line.problems.append(f"detail: {line.reported['detail']}")
    if before is not None:
        line.counts[0] = settled(running, before, 0, line)


def settled(running, before, index, line):
    """The sessions beyond those before, given a moment to come to what is expected."""
    wanted = running.server.sessions[index]
    try:
        return until("", 5, lambda: wanted if running.sessions() - before == wanted else None)
    except TimeoutError:
        found = running.sessions() - before
        moment = ("after one probe", "while an agent probes", "after the agent")[index]
        line.expect(f"sessions {moment}", wanted, found)
        return found


class Agent:
    """`breakwater run` on all servers at once."""

    def __init__(self, all_running, program, scratch):
        self.port = free_ports(1)[0]
        # JSON is YAML too.
        configuration = {
            "global": {"probe_interval": "250ms", "probe_timeout": "250ms"},
            "mcps": [self.mcp(name, running) for name, running in all_running.items()]}
        file = scratch / "breakwater.yml"
        file.write_text(json.dumps(configuration))
        self.log = scratch / "agent.log"
        self.process = subprocess.Popen(
            [program, "run", "--config.file", file, "--web.listen-address",
             f"127.0.0.1:{self.port}", "--storage.path", scratch / "data"],
            stdin=subprocess.DEVNULL, stdout=self.log.open("wb"), stderr=subprocess.STDOUT)

    @staticmethod
    def mcp(name, running):
        # Twenty servers on few processors answer when they can.
        interval = max(running.server.interval, 1)
        entry = {
            "name": name, "url": running.url, "circuit_breaker": {"recovery_timeout": "1s"},
            "probe": {"interval": f"{interval * 1000:.0f}ms",
                      "timeout": f"{interval * 1000:.0f}ms"}}
        if running.token:
            entry["http"] = {"authorization": {"credentials_file": str(running.token)}}
        return entry

    def mcp_report(self, name):
        body = request(self.port, "GET", f"/api/v1/mcps/{name}")[2]
        return json.loads(body)["data"]

    def probes(self, name):
        page = request(self.port, "GET", "/metrics")[2].decode()
        return sum(
            int(float(row.rsplit(" ", 1)[1])) for row in page.splitlines()
            if row.startswith("mcp_probes_total{") and f'mcp="{name}"' in row)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def judge_agent(agent, name, running, line, probes):
    # A circuit that opens ends the quick succession.
    wanted = probes if running.server.outcome == "ok" and running.server.interval < 1 else 3
    until(f"{wanted} probes of {running.server.name}", 120,
          lambda: True if agent.probes(name) >= wanted else None)
    report = agent.mcp_report(name)
    if isinstance(report, list):
        report = report[0]
    last = report.get("last_probe") or {}
    line.judge(report | {"outcome": last.get("outcome")}, "agent: ")


def probe_by_agent(all_running, lines, given, scratch):
    befores = {name: running.sessions() for name, running in all_running.items()}
    agent = Agent(all_running, given.breakwater, scratch)

    def judge(name):
        running, line = all_running[name], lines[name]
        try:
            judge_agent(agent, name, running, line, given.probes)
        except (TimeoutError, OSError, KeyError, ValueError) as problem:
            line.problems.append(f"agent: {problem}")
        if befores[name] is not None:
            line.counts[1] = settled(running, befores[name], 1, line)

    try:
        until("the agent", 60, lambda: request(agent.port, "GET", "/-/ready")[0] == 200 or None)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(judge, all_running))
    finally:
        agent.stop()
    if agent.process.returncode:
        print(f"the agent ended with {agent.process.returncode}", file=sys.stderr)
    for name, running in all_running.items():
        if befores[name] is not None:
            lines[name].counts[2] = settled(running, befores[name], 2, lines[name])


def start_all(servers, given, scratch):
    ports = free_ports(2 * len(servers))
    started = {}
    for index, server in enumerate(servers):
        started[f"server-{index}"] = Running(
            server, ports[2 * index:2 * index + 2], given, scratch)
    return started


def print_table(lines):
    rows = [("server", "expected", "reported", "")]
    for line in lines:
        rows.append((line.server.name, line.expected_text(), line.reported_text(),
                     "WRONG" if line.problems else "OK"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for index, row in enumerate(rows):
        print("| " + " | ".join(
            text.ljust(width) for text, width in zip(row, [*widths, 5])) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in [*widths, 5]) + "|")
    for line in lines:
        for problem in line.problems:
            print(f"WRONG {line.server.name}: {problem}")


def installed(servers, venvs):
    """The servers whose pin is there; says of the others why it is not."""
    there, is_complete = [], True
    for server in servers:
        venv = venvs / (server.pin or "")
        if server.pin is None or (venv / "installed").exists():
            there.append(server)
            continue
        reason = venvs / f"{server.pin}.failed"
        is_complete = is_complete and reason.exists()
        last = reason.read_text().strip().splitlines()[-1] if reason.exists() else "not tried"
        print(f"NOT INSTALLED {server.name} ({server.pin}): {last}")
    return there, is_complete


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("breakwater", type=pathlib.Path)
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("venvs", type=pathlib.Path)
    parser.add_argument("--only", default="", help="servers whose name contains this")
    parser.add_argument("--probes", type=int, default=20, help="of the agent, for each server")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    servers, is_complete = installed(
        [server for server in SERVERS if given.only in server.name], given.venvs)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        all_running = start_all(servers, given, scratch)
        lines = {name: Line(running.server) for name, running in all_running.items()}
        try:
            say(f"starting {len(servers)} servers")
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda running: running.ready(), all_running.values()))
                say("probing each once")
                list(pool.map(
                    lambda name: probe(all_running[name], lines[name], given.breakwater),
                    all_running))
            say("probing them all by one agent")
            # What one probe has got wrong need not be waited for.
            probe_by_agent(
                {name: running for name, running in all_running.items()
                 if running.process and lines[name].has_outcome}, lines, given, scratch)
        finally:
            for running in all_running.values():
                running.stop()
    print_table(lines.values())
    wrong = sum(bool(line.problems) for line in lines.values())
    print(f"{len(lines)} servers, {wrong} wrong")
    sys.exit(wrong > 0 or not is_complete)


main()
