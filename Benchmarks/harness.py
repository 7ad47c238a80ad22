"""What the benchmarks share: processes and their costs, ports, pages, verdicts."""
import atexit
import os
import resource
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXECUTABLE = os.environ.get("BREAKWATER_EXECUTABLE", f"{ROOT}/.build/release/breakwater")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")

def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, hard), hard))


class Child:
    """A process of ours; its cost is what the kernel charges to it."""

    running = []

    def __init__(self, name, command, directory):
        self.log = f"{directory}/{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory)
        Child.running.append(self)

    def cpu(self):
        """User and system seconds of all its threads so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        """Resident MiB."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * PAGE_SIZE / 2**20

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self in Child.running:
            Child.running.remove(self)


@atexit.register
def stop_all():
    for child in list(Child.running):
        child.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, timeout=10):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def wait_until(what, holds, limit=60):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            if holds():
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.05)
    raise SystemExit(f"error: not within {limit} s: {what}")


def wait_http(url):
    def answers():
        try:
            get(url)
        except urllib.error.HTTPError:
            pass
        return True
    wait_until(url, answers)


def total(page, name, *labels):
    """Sum of the samples of this name that carry all these label="value" texts."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
               if line.startswith((name + "{", name + " ")) and all(l in line for l in labels))


def nginx(directory, access_log="off"):
    """The MCP servers of farm.nginx.conf. With an access log each request leaves its instant."""
    port = free_port()
    with open(f"{ROOT}/Benchmarks/farm.nginx.conf", encoding="ascii") as template:
        text = template.read()
    if access_log != "off":
        access_log += " slots"
    for name, value in (("ACCESS_LOG", access_log), ("DIRECTORY", directory), ("PORT", str(port))):
        text = text.replace(name, value)
    with open(f"{directory}/nginx.conf", "w", encoding="ascii") as file:
        file.write(text)
    child = Child("nginx", ["nginx", "-p", directory, "-e", f"{directory}/error.log", "-c",
                            f"{directory}/nginx.conf"], directory)
    wait_http(f"http://127.0.0.1:{port}/alive")
    return child, port


def agent(directory, urls, interval="1s", timeout="1s"):
    """`breakwater run` on these MCPs, named mcp-1 and so on, with a journal of its own."""
    port = free_port()
    with open(f"{directory}/breakwater.yml", "w", encoding="ascii") as file:
        file.write(f"global: {{probe_interval: {interval}, probe_timeout: {timeout}}}\nmcps:\n")
        for number, url in enumerate(urls, 1):
            file.write(f'  - {{name: mcp-{number}, url: "{url}", catalogue_interval: 0}}\n')
    child = Child("breakwater", [
        EXECUTABLE, "run", "--config.file", f"{directory}/breakwater.yml", "--storage.path",
        f"{directory}/data", "--web.listen-address", f"127.0.0.1:{port}", "--log.level", "error",
    ], directory)
    wait_http(f"http://127.0.0.1:{port}/-/ready")
    return child, f"http://127.0.0.1:{port}"


def temporary_directory(name):
    return tempfile.TemporaryDirectory(prefix=f"breakwater-bench-{name}-")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Verdicts:
    """Prints each figure with its bound, and remembers whether all are kept."""

    def __init__(self):
        self.all_kept = True

    def note(self, figure, value, unit=""):
        print(f"  {figure}: {value:.4g}{unit}", flush=True)

    def at_most(self, figure, value, bound, unit=""):
        kept = value <= bound
        self.all_kept = self.all_kept and kept
        print(f"  {figure}: {value:.4g}{unit} (at most {bound:.4g}{unit}) "
              f"{'ok' if kept else 'MISSED'}", flush=True)


median = statistics.median
