#!/bin/bash
# Writes the pages that are made from the program: docs/metrics.md.
source "$(dirname "$0")/common.sh"
cd "$root"

scripts/build.sh
mkdir -p docs
.build/release/breakwater metrics >.build/metrics.md
mv .build/metrics.md docs/metrics.md
