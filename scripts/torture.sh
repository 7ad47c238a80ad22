#!/bin/bash
# The tests that take long when they are let: 200 kills, simulated days, as `make test` besides.
source "$(dirname "$0")/common.sh"
cd "$root"

TORTURE=1 exec scripts/test.sh "$@"
