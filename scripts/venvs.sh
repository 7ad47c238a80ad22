#!/bin/bash
# Makes a virtual environment for each MCP server that the end-to-end tests start. Those that are
# complete stay as they are.
source "$(dirname "$0")/common.sh"

# make_venv NAME REQUIREMENT
make_venv() {
  local directory=$BREAKWATER_VENVS/$1 requirement=$2
  local stamp=$directory/installed
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$requirement" ] &&
    "$directory/bin/python" -c '' 2>/dev/null; then
    return
  fi
  say "making $directory with $requirement"
  rm -rf "$directory"
  mkdir -p "$BREAKWATER_VENVS"
  "$python" -m venv "$directory" || die "cannot make $directory"
  "$directory/bin/pip" install --quiet --disable-pip-version-check "$requirement" ||
    die "cannot install $requirement from PyPI: is there a network?"
  printf '%s\n' "$requirement" >"$stamp"
}

python=$(find_python)
make_venv mcp-2.3.0 'mcp[cli]==2.3.0'
make_venv mcp-1.30.0 'mcp[cli]==1.30.0'
make_venv fastmcp-4.1.0 'fastmcp==4.1.0'
