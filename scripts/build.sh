#!/bin/bash
# Builds the product in release mode: .build/release/breakwater.
source "$(dirname "$0")/common.sh"
cd "$root"

need_swift
need_packages "${build_packages[@]}"
swift build -c release --product breakwater
