#!/bin/bash
# fuzz.sh TARGET [RUNS]: builds the package in Fuzz/ with libFuzzer and gives TARGET (one of those
# below) RUNS inputs, a million unless told. Fails on a crash, a broken rule or a hang of a second;
# the input is then in .build/fuzz/TARGET/, to be made a named test.
source "$(dirname "$0")/common.sh"
cd "$root"

targets=" FuzzParser FuzzEvaluator FuzzRules FuzzTemplates FuzzEventStream FuzzAnswers FuzzRedirects "
target=${1:?usage: scripts/fuzz.sh TARGET [RUNS], and TARGET is one of$targets}
runs=${2:-1000000}
[[ $targets == *" $target "* ]] || die "no fuzz target '$target'; there are$targets"

need_swift
need_packages "${build_packages[@]}"
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath" *: *"\(.*\)".*/\1/p')
compgen -G "$resources/clang/lib/linux/libclang_rt.fuzzer-*.a" >/dev/null ||
  compgen -G "$resources/../clang/*/lib/linux/libclang_rt.fuzzer-*.a" >/dev/null || {
  say "SKIPPED $target: this Swift toolchain has no libFuzzer (looked in $resources)"
  exit 0
}
command -v ld.lld >/dev/null || die "no ld.lld on PATH: it comes with the Swift toolchain"

say "building $target"
swift build --package-path Fuzz -c release --product "$target" --quiet \
  -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld

work=$root/.build/fuzz/$target
mkdir -p "$work/corpus" "$work/found"
"$(find_python)" scripts/fuzz_corpus.py "$target" "$work/corpus"

say "fuzzing $target: $runs inputs"
# The fuzzer reports crashes itself: Swift's backtracer would take the signal first.
cd "$work"
SWIFT_BACKTRACE=enable=no "$root/Fuzz/.build/release/$target" -runs="$runs" -max_len=1024 \
  -timeout=1 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -print_funcs=0 \
  -artifact_prefix="$work/" "$work/found" "$work/corpus" >"$work/log" 2>&1 || {
  tail -n 30 "$work/log" >&2
  die "$target found something: see the input in $work"
}
grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$work/log" >&2
