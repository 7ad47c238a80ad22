#!/bin/bash
# Makes a virtual environment for each MCP server that the end-to-end tests start, for the Matrix
# homeserver, and for the generator of the dashboards. Those that are complete stay as they are. `scripts/venvs.sh --matrix` makes those of
# `make test-servers` too; one of these that cannot be installed is said, and its reason kept in
# NAME.failed.
source "$(dirname "$0")/common.sh"

# make_venv NAME REQUIREMENT...
make_venv() {
  local directory=$BREAKWATER_VENVS/$1 requirements=("${@:2}")
  local stamp=$directory/installed
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "${requirements[*]}" ] &&
    "$directory/bin/python" -c '' 2>/dev/null; then
    return
  fi
  say "making $directory with ${requirements[*]}"
  rm -rf "$directory" "$directory.failed"
  mkdir -p "$BREAKWATER_VENVS"
  "$python" -m venv "$directory" || die "cannot make $directory"
  "$directory/bin/pip" install --quiet --disable-pip-version-check "${requirements[@]}" ||
    die "cannot install ${requirements[*]} from PyPI: is there a network?"
  printf '%s\n' "${requirements[*]}" >"$stamp"
}

# try_venv NAME REQUIREMENT...: what does not install is left out, with its reason.
try_venv() {
  local log=$BREAKWATER_VENVS/$1.log
  mkdir -p "$BREAKWATER_VENVS"
  (make_venv "$@") 2>&1 | tee "$log" >&2 && { rm -f "$log"; return; }
  rm -rf "${BREAKWATER_VENVS:?}/$1"
  mv "$log" "$BREAKWATER_VENVS/$1.failed"
}

python=$(find_python)
make_venv mcp-2.3.0 'mcp[cli]==2.3.0'
make_venv mcp-1.30.0 'mcp[cli]==1.30.0'
make_venv fastmcp-4.1.0 'fastmcp==4.1.0'
make_venv mcp-1.9.4 'mcp[cli]==1.9.4' 'pydantic<2.12' 'uvicorn<0.35' 'sse-starlette<3.1'
make_venv mcp-1.2.1 'mcp==1.2.1' 'pydantic<2.12' 'starlette<0.47' 'uvicorn<0.35'
make_venv mcp-proxy-0.13.0 'mcp-proxy==0.13.0' 'mcp-server-time==2026.10.10'
make_venv matrix-synapse-1.163.2 'matrix-synapse==1.163.2'
# What writes grafana/dashboards, and what reads grafana/provisioning in a test of it.
make_venv grafana-foundation-sdk-10.1.0 'grafana-foundation-sdk==1769699998!10.1.0' 'PyYAML==6.0.2'
[ "${1:-}" = --matrix ] || exit 0

try_venv mcp-1.26.0 'mcp==1.26.0'
try_venv mcp-2.0.0 'mcp==2.0.0'
try_venv fastmcp-2.14.7 'fastmcp==2.14.7'
try_venv mcp-server-fetch-2026.10.24 'mcp-server-fetch==2026.10.24'
try_venv mcp-grafana-1.0.0 'mcp-grafana==1.0.0'
