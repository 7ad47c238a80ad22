#!/bin/bash
# The formatter's opinion of every Swift file; changes nothing.
source "$(dirname "$0")/common.sh"
cd "$root"

need_swift
swift format lint --strict --recursive --parallel Sources Tests Fuzz/Sources Package.swift
