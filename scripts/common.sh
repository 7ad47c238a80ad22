# shellcheck shell=bash
# Shared by the other scripts: source it, then `cd "$root"`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Where the Python servers of the end-to-end tests live; the tests read the same variable.
export BREAKWATER_VENVS=${BREAKWATER_VENVS:-$root/.build/venvs}

# What the product needs to build and run, and what its tests, their long forms and its benchmarks
# need besides.
build_packages=(libcrypt-dev libcurl4-openssl-dev libpq-dev libre2-dev libsqlite3-dev libssl-dev
  pkg-config zlib1g-dev)
test_packages=(apache2-utils ca-certificates curl jq openssl postgresql procps prometheus prometheus-alertmanager
  python3 python3-venv)
torture_packages=(strace)
bench_packages=(curl golang-github-prometheus-client-golang-dev golang-go nginx-light
  postgresql prometheus prometheus-alertmanager prometheus-blackbox-exporter python3 wrk)

say() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE: one line, then the end.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# as_root COMMAND...: directly as root, through sudo as anybody else.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "need root to run '$*', and there is no sudo: run that as root, then try again"
  fi
}

# need_packages NAME...: installs the Debian packages of the list that are not installed.
need_packages() {
  local missing=() name
  command -v dpkg-query >/dev/null || die "this needs Debian or Ubuntu; install by hand: $*"
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
      missing+=("$name")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  as_root "${quiet[@]}" update >&2 || die "apt-get update failed"
  without_services as_root "${quiet[@]}" install -y --no-install-recommends "${missing[@]}" >&2 ||
    die "apt-get install ${missing[*]} failed"
}

# without_services COMMAND...: what Debian installs meanwhile does not start services of its own
# (prometheus and nginx would take their ports).
without_services() {
  local guard=/usr/sbin/policy-rc.d status=0
  if [ -e "$guard" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
  as_root chmod 755 "$guard"
  "$@" || status=$?
  as_root rm -f "$guard"
  return "$status"
}

# need_swift: Package.swift asks for Swift 6.2 at least.
need_swift() {
  command -v swift >/dev/null ||
    die "no 'swift' on PATH: install Swift 6.2 or newer from https://www.swift.org/install/linux/"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
  [ -n "$version" ] || die "'swift --version' says no version: is the toolchain complete?"
  [ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" = 6.2 ] ||
    die "Swift $version is too old: install 6.2 or newer from https://www.swift.org/install/linux/"
}

# find_python: prints a Python of 3.11 or newer that can make virtual environments.
find_python() {
  local python
  for python in "${PYTHON:-}" /usr/bin/python3 python3; do
    [ -n "$python" ] || continue
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then
      printf '%s\n' "$python"
      return
    fi
  done
  die "no Python of 3.11 or newer with venv: install one, or name it with PYTHON=/path/to/python3"
}
