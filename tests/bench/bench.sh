#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds what the benchmark of the program's own speed needs, and runs it.
# Options and words are bench_rows' own: README.md. PRESET names another build.
set -eu

cd "$(dirname "$0")/../.."
preset=${PRESET:-release}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What is missing for all of it, the configuration names with its package.
if ! { cmake --preset "$preset" -DBUILD_TESTING=ON &&
    cmake --build --preset "$preset" --target bench_programs; } >"$log" 2>&1
then
    cat "$log" >&2
    exit 1
fi
"build/$preset/tests/bench/bench_rows" "$@"
