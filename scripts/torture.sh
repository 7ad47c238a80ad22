#!/bin/bash
# The tests that take long when they are let. Without arguments all of them, and everything that
# `make test` runs besides; `scripts/torture.sh PART...` runs some, `--list` says which there are.
source "$(dirname "$0")/common.sh"
cd "$root"

# NAME|what|filter for `swift test`
parts="
fuzz|a million inputs for each fuzz target|
simulation|2,000 seeds of the whole agent under faults|^SimulationTests
days|20 seeds of a simulated day for the agent, its rules and its messages|AgentTests|AlertingTests|NotificationsTests
queries|2,000 queries beside Prometheus|PrometheusComparisonTests
kills|200 kills at random moments, beside receivers and Postgres too|Heavy/(Kill|AlertKill|StormKill|PostgresKill)
crash-points|10,000 ends at named points of the code|Heavy/CrashPoints
syscalls|kills and failures at writes and syncs, by strace|Heavy/SyscallSweep
faults|100,000 probes of servers that go wrong in every way|CurlTransportTests.(Fault|Connection)|Heavy/FaultEndurance
restarts|crash, stall and kill of 1,000 MCPs|Heavy/Restart/
termination|200 SIGTERMs during anything|Heavy/Termination
pause|a minute of SIGSTOP|Heavy/Pause
sessions|10,000 probes of each server that keeps sessions|Heavy/OneSession
postgres|outages, full disks and faults of Postgres|PostgresLinkTests|Heavy/Postgres
"

list_parts() {
  local name what
  while IFS='|' read -r name what _; do
    [ -z "$name" ] || printf '%-13s %s\n' "$name" "$what"
  done <<<"$parts"
}

fuzz() {
  local target
  for target in FuzzParser FuzzEvaluator FuzzRules FuzzTemplates FuzzEventStream FuzzAnswers \
    FuzzRedirects; do
    scripts/fuzz.sh "$target" "${FUZZ_RUNS:-1000000}"
  done
}

# days COMMAND...: the simulations live long.
days() { SIM_SEEDS=${SIM_SEEDS:-20} SIM_HOURS=${SIM_HOURS:-24} "$@"; }

# run_part NAME
run_part() {
  local name filter
  while IFS='|' read -r name _ filter; do
    [ "$name" = "$1" ] || continue
    say "$name"
    case $name in
      fuzz) fuzz ;;
      simulation) SIM_SEEDS=${SIM_SEEDS:-2000} scripts/test.sh --filter "$filter" ;;
      days) days scripts/test.sh --filter "$filter" ;;
      sessions) scripts/venvs.sh --matrix && scripts/test.sh --filter "$filter" ;;
      *) scripts/test.sh --filter "$filter" ;;
    esac
    return
  done <<<"$parts"
  die "no part '$1'; there are:"$'\n'"$(list_parts)"
}

if [ "${1:-}" = --list ]; then
  list_parts
  exit
fi
export TORTURE=1
need_packages "${torture_packages[@]}"
if [ $# -eq 0 ]; then
  run_part fuzz
  run_part simulation
  scripts/venvs.sh --matrix
  days scripts/test.sh
  exit
fi
for part in "$@"; do run_part "$part"; done
