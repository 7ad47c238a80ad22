#!/bin/bash
# Runs the tests that need real peers, in their long form, and prints a table of what works with
# which. Fails when a line does, or when a test was skipped. `scripts/test_peers.sh PEER...` runs the
# lines of some.
source "$(dirname "$0")/common.sh"
cd "$root"

# PEER|what|filter for `swift test`
lines="
Alertmanager|groups, lists and forwards what is pushed; over restarts|EndToEndTests.AlertmanagerTests
Alertmanager|the same inhibition and time intervals|AlertmanagerComparison/
Alertmanager|reads our configuration|ConfigFileTests.AlertmanagerText
amtool|alerts, silences and routes of a running agent|EndToEndTests.AmtoolTests
amtool|the same matchers, and receivers in 200 trees|(Matcher|Route)Comparison/
Matrix|each message once, whatever is lost, at its rate|EndToEndTests.MatrixTests
Prometheus|scrapes the agent; the shipped rules|EndToEndTests.Heavy/Prometheus/
Prometheus|the same answers to 2,000 queries|PrometheusComparisonTests.PrometheusComparison/
promtool|the same verdicts of rule tests|RuleTestComparison/
promtool|queries a running agent|EndToEndTests.Queries
"

export TORTURE=1
results=() status=0
while IFS='|' read -r peer what filter; do
  [ -n "$peer" ] || continue
  [ $# -eq 0 ] || [[ " $* " == *" $peer "* ]] || continue
  say "$peer: $what"
  verdict=ok
  output=$(scripts/test.sh --filter "$filter" </dev/null) || verdict=FAILED
  counts=${output##*$'\n'}
  [[ $counts == *" 0 skipped" ]] || verdict=FAILED
  [ "$verdict" = ok ] || { printf '%s\n' "$output" >&2; status=1; }
  results+=("$peer|$what|$verdict: $counts")
done <<<"$lines"
[ "${#results[@]}" -gt 0 ] ||
  die "no such peer; there are Alertmanager, amtool, Matrix, Prometheus and promtool"

printf '%s\n' '' 'peer|what|result' "${results[@]}" |
  awk -F '|' '{printf "%-13s %-58s %s\n", $1, $2, $3}'
exit "$status"
