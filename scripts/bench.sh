#!/bin/bash
# Measures the agent beside its peers; arguments go to Benchmarks/bench.py.
source "$(dirname "$0")/common.sh"
cd "$root"

need_packages "${bench_packages[@]}"
scripts/build.sh
exec "$(find_python)" Benchmarks/bench.py "$@"
