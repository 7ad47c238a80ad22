#!/bin/bash
# The agent from fault to webhook: watches http://127.0.0.1:FARM_PORT/mcp/1 to N, named mcp-1 and so
# on, each 1 s, and sends what the rules find to http://127.0.0.1:HOOK_PORT/ at once.
# usage: chain_agent.sh FARM_PORT N HOOK_PORT [WEB_PORT]   (no WEB_PORT: a free one)
#
# Environment: BREAKWATER_EXECUTABLE; RULES, a file, rules/mcp.yml; EVALUATION_INTERVAL and
# RECOVERY_TIMEOUT, both 1s; TMPDIR, where the journal is while this runs.
set -euo pipefail

if [ $# -lt 3 ] || [ $# -gt 4 ]; then
  echo "usage: chain_agent.sh FARM_PORT N HOOK_PORT [WEB_PORT]" >&2
  exit 64
fi
farm=$1 count=$2 hook=$3 web=${4:-0}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
executable=${BREAKWATER_EXECUTABLE:-$root/.build/release/breakwater}
recovery=${RECOVERY_TIMEOUT:-1s}
directory=$(mktemp -d "${TMPDIR:-/tmp}/breakwater-chain-XXXXXX")
# After exec nothing of this script is left that could.
(tail --pid=$$ -f /dev/null; rm -rf -- "$directory") &

{
  cat <<YAML
global:
  {probe_interval: 1s, probe_timeout: 1s, evaluation_interval: ${EVALUATION_INTERVAL:-1s}}
circuit_breaker:
  failure_threshold: 1
  recovery_timeout: $recovery
  backoff: {multiplier: 1, max: $recovery}
rule_files: ["${RULES:-$root/rules/mcp.yml}"]
route: {receiver: hook, group_by: [alertname, mcp], group_wait: 0s, group_interval: 1s}
receivers: [{name: hook, webhook_configs: [{url: "http://127.0.0.1:$hook/"}]}]
mcps:
YAML
  for ((number = 1; number <= count; number++)); do
    printf '  - {name: mcp-%d, url: "http://127.0.0.1:%d/mcp/%d", catalogue_interval: 0}\n' \
      "$number" "$farm" "$number"
  done
} >"$directory/breakwater.yml"

exec "$executable" run --config.file "$directory/breakwater.yml" --storage.path "$directory/data" \
  --web.listen-address "127.0.0.1:$web" --log.level error
