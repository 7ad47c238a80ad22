#!/bin/bash
# Starts the real MCP servers of scripts/server_matrix.py, probes each and prints a table of what was
# expected and what was reported. Fails when a line is wrong. Arguments go to test_servers.py
# (`--only fastmcp`); BREAKWATER names a program that is built already.
source "$(dirname "$0")/common.sh"
cd "$root"

scripts/venvs.sh --matrix
if [ -z "${BREAKWATER:-}" ]; then
  scripts/build.sh
  BREAKWATER=.build/release/breakwater
fi
exec "$(find_python)" scripts/test_servers.py "$@" \
  "$BREAKWATER" "$root/Tests/EndToEndTests/Fixtures" "$BREAKWATER_VENVS"
