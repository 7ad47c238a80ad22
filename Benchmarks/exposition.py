"""CPU and memory of /metrics with 300,000 samples, beside client_golang's page of as many.

Ours is Benchmarks/Exposition: synthetic MCPs behind the product's own catalogue and web server."""
import gzip
import os
import shlex
import subprocess
import time
import urllib.request

from harness import ROOT, Child, Verdicts, free_port, median, temporary_directory, wait_http

PEER = f"{ROOT}/../shared/bench/expo/expo.go"
ROUNDS = int(os.environ.get("ROUNDS", "7"))
LEAST_CPU = 0.5  # seconds of CPU per sample of ours: the kernel's tick is 10 ms


def our_command():
    subprocess.run(["swift", "build", "-c", "release", "--product", "ExpositionBenchmark"],
                   check=True, cwd=ROOT)
    return f"{ROOT}/.build/release/ExpositionBenchmark"


def build_peer_server(directory, arguments):
    """The command of the page server on client_golang."""
    environment = dict(os.environ, GOPATH="/usr/share/gocode", GO111MODULE="off", GOFLAGS="",
                       GOCACHE=f"{directory}/go")
    subprocess.run(["go", "build", "-o", f"{directory}/expo", os.path.basename(PEER)], check=True,
                   env=environment, cwd=os.path.dirname(PEER))
    return shlex.split(f"{directory}/expo {arguments}")


def scrape(url, zipped):
    headers = {"Accept-Encoding": "gzip"} if zipped else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read()


def samples(body):
    page = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return sum(1 for line in page.split(b"\n") if line and not line.startswith(b"#"))


def measure(name, command, directory):
    """CPU seconds per sample, plain and gzip, and resident bytes per sample."""
    port = free_port()
    child = Child(name, command(port), directory)
    url = f"http://127.0.0.1:{port}/metrics"
    wait_http(url)
    figures = {}
    for zipped in (False, True):
        count = samples(scrape(url, zipped))
        before = child.cpu()
        scrape(url, zipped)
        times = max(1, min(200, int(LEAST_CPU / max(child.cpu() - before, 0.0025))))
        costs = []
        for _ in range(ROUNDS):
            before = child.cpu()
            for _ in range(times):
                scrape(url, zipped)
            time.sleep(0.1)
            costs.append((child.cpu() - before) / times)
        figures["gzip" if zipped else "identity"] = median(costs) / count
    figures["samples"] = count
    figures["memory"] = child.rss() * 2**20 / count
    child.stop()
    return figures


def main():
    verdicts = Verdicts()
    print("exposition: 300,000 samples")
    command = our_command()
    with temporary_directory("exposition") as directory:
        ours = measure("ours", lambda port: [command, str(port)], directory)
        changing = measure("changing", lambda port: [command, str(port), "changing"], directory)
        verdicts.note("samples", ours["samples"])
        for encoding in ("identity", "gzip"):
            verdicts.note(f"CPU per 300,000 samples, {encoding}", ours[encoding] * 3e8, " ms")
            verdicts.note(f"the same when every MCP has changed, {encoding}",
                          changing[encoding] * 3e8, " ms")
        verdicts.note("resident bytes a sample", ours["memory"])
        if not os.path.exists(PEER):
            print("  no ratio: the page server on client_golang is not beside the checkout")
            return verdicts
        peer = measure("client_golang", lambda port: build_peer_server(
            directory, f"-addr 127.0.0.1:{port} -mcps 10000 -hist 0 -churn 0"), directory)
    for encoding in ("identity", "gzip"):
        verdicts.note(f"client_golang, {encoding}", peer[encoding] * 3e8, " ms")
    verdicts.at_most("ratio of CPU, identity", ours["identity"] / peer["identity"], 1 / 20)
    verdicts.note("ratio of CPU, gzip", ours["gzip"] / peer["gzip"])
    verdicts.at_most("ratio of memory", ours["memory"] / peer["memory"], 1 / 4)
    print(f"  goal: 1/55 of the CPU, 1/6.5 of the memory; reached: "
          f"1/{peer['identity'] / ours['identity']:.0f}, 1/{peer['memory'] / ours['memory']:.1f}")
    return verdicts
