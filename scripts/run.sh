#!/bin/bash
# Builds a release and starts the demonstration; arguments go to `breakwater demo`.
source "$(dirname "$0")/common.sh"
cd "$root"

scripts/build.sh
exec .build/release/breakwater demo "$@"
