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
say "testing (everything is in $log)"
status=0
swift test -c release --skip-build --disable-xctest --event-stream-output-path "$events" "$@" \
  >"$log" 2>&1 || status=$?

"$(find_python)" scripts/count_tests.py "$events" "$status" || {
  [ "$status" -eq 0 ] && status=1
  [ -s "$events" ] || tail -n 40 "$log" >&2
}
exit "$status"
