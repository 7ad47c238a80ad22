#!/usr/bin/env python3
"""Figures beside those of the peers, measured in the same run: CPU that the kernel charges, so the
ratios hold on a shared machine. usage: bench.py [probe] [exposition] [rules] [chain]
[postgres] [simulation] [alerts] (nothing: all)

Every line names the figure, and its bound and verdict where there is one. Exits 1 when a bound is
missed. Environment: MCPS, SECONDS_PER_WINDOW, RUNS, ROUNDS, TRIALS."""
import signal
import sys

import alerts
import chain
import exposition
import postgres
import probe
import rules
import simulation
from harness import raise_descriptor_limit

PARTS = {"probe": probe.main, "exposition": exposition.main, "rules": rules.main,
         "chain": chain.main, "postgres": postgres.main,
         "simulation": simulation.main, "alerts": alerts.main}


def main(names):
    if unknown := [name for name in names if name not in PARTS]:
        raise SystemExit(f"error: no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    raise_descriptor_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    verdicts = [PARTS[name]() for name in names or PARTS]
    return 0 if all(part.all_kept for part in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
