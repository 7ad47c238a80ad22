"""A day of the whole agent under virtual clocks: 200 MCPs probed and 50 rules evaluated each minute,
five receivers. CPU that the kernel charges, so that others on the machine count for nothing."""
import resource
import subprocess

from harness import ROOT, Verdicts

BOUND = 5  # seconds


def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    verdicts = Verdicts()
    program = f"{ROOT}/.build/release/SimulationBenchmark"
    before = cpu()
    out = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        print(f"  {line}")
    verdicts.at_most("simulated day of 200 MCPs, 50 rules, 5 receivers", cpu() - before, BOUND, "s")
    return verdicts
