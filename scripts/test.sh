#!/bin/bash
# Installs what the tests need, builds once, runs every test and closes with a line of counts.
# Arguments go to `swift test` (`--filter BreakingTests`); TORTURE=1 makes the long ones long.
#
# A release build, because the simulation lives whole days of hundreds of servers. Nothing here is
# `@testable`, so the build needs no -enable-testing and the tests see what users get.
source "$(dirname "$0")/common.sh"
cd "$root"

need_swift
need_packages "${build_packages[@]}" "${test_packages[@]}"
scripts/venvs.sh

say "building"
swift build -c release --build-tests --quiet

log=.build/test.log events=.build/test-events.jsonl
rm -f "$events"
: >"$log"
status=0

# How many tests run at a time. Not all at once: with more than 1,300 descriptors Foundation's
# Process may crash when it starts a program.
width=48

# run_tests ARGUMENTS...: adds to the log and the events; remembers a failure.
run_tests() {
  local part=.build/test-events-part.jsonl
  rm -f "$part"
  swift test -c release --skip-build --disable-xctest --event-stream-output-path "$part" \
    --experimental-maximum-parallelization-width "$width" "$@" >>"$log" 2>&1 || status=$?
  [ ! -e "$part" ] || cat "$part" >>"$events"
}

say "testing (everything is in $log)"
if [ $# -gt 0 ]; then
  run_tests "$@"
else
  # Tests that live whole days, and those that start Postgres again and again, leave others no time:
  # they run by themselves. So do those that start the program hundreds of times: Foundation keeps
  # two descriptors for each. So do the heavy ones, one after the other, and of these the one that
  # measures outages to the second. Each test is in one of these lines, and in one only.
  run_tests --skip EndToEndTests --skip PostgresLinkTests --skip SimulationTests.WorldTests
  run_tests --filter EndToEndTests --skip 'EndToEndTests\.Heavy/'
  run_tests --filter 'EndToEndTests\.Heavy/' --skip 'EndToEndTests\.Heavy/Dashboards/'
  run_tests --filter 'EndToEndTests\.Heavy/Dashboards/'
  run_tests --filter SimulationTests.WorldTests
  width=6 run_tests --filter PostgresLinkTests
fi

"$(find_python)" scripts/count_tests.py "$events" "$status" || {
  [ "$status" -eq 0 ] && status=1
  [ -s "$events" ] || tail -n 40 "$log" >&2
}
exit "$status"
