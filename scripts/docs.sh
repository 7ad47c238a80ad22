#!/bin/bash
# Writes the pages that are made from the program: docs/metrics.md and docs/configuration.md.
source "$(dirname "$0")/common.sh"
cd "$root"

scripts/build.sh
mkdir -p docs
for page in metrics configuration; do
  .build/release/breakwater "$page" >".build/$page.md"
  mv ".build/$page.md" "docs/$page.md"
done
