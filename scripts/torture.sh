#!/bin/bash
# The tests that take long when they are let: a million inputs for each fuzz target, 200 kills, 20
# simulated days of 200 servers, and everything that `make test` runs besides.
source "$(dirname "$0")/common.sh"
cd "$root"

for target in FuzzParser FuzzEvaluator FuzzRules FuzzTemplates; do
  scripts/fuzz.sh "$target" "${FUZZ_RUNS:-1000000}"
done

export SIM_SEEDS=${SIM_SEEDS:-20} SIM_HOURS=${SIM_HOURS:-24}
TORTURE=1 exec scripts/test.sh "$@"
